"""The function in several processes, between Lambda's runtime API and an AWS.

The emulators of CloudFront, API Gateway and Lambda take a tenth of a second of the machine for each request. Where a
test is not about them, the function itself is asked hundreds of times.
"""

import base64
import queue
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests

from tests.support.lambda_service import RuntimeApi, request, started

# More are no quicker on the smallest machine that runs the tests.
USUAL = 2

FUNCTION = Path(__file__).parents[2] / "target/debug/bootstrap"


class Copies:
    """So many copies, of which each answers one request at a time, as Lambda has it; a context manager."""

    def __init__(self, environment: Mapping[str, str], count: int = USUAL, function: Path = FUNCTION) -> None:
        self._environment, self._count, self._function = environment, count, function
        self._free: queue.Queue[RuntimeApi] = queue.Queue()
        self._started = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for _ in range(self._count):
                runtime = stack.enter_context(RuntimeApi())
                stack.enter_context(started([str(self._function)], runtime, self._environment))
                runtime.next()
                self._free.put(runtime)
            self._started = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._started.close()

    def ask(
        self, method: str, address: str, headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> requests.Response:
        """Asks once a copy is free. How long it took, that wait left out, is the answer's `elapsed`."""
        url = urlsplit(address)
        # As the distribution says it, which writes ids so that none has a slash.
        told = {"x-exact-path": "true", **(headers or {})}
        cookie = told.pop("cookie", None)
        event = request(method, url.path, url.query, told, body) | ({"cookies": [cookie]} if cookie else {})
        runtime = self._free.get()
        try:
            seconds, answer = runtime.invoke(event)
        finally:
            self._free.put(runtime)
        return _answer(address, seconds, answer)


def _answer(address: str, seconds: float, told: Mapping[str, Any]) -> requests.Response:
    """The answer, as the tests' helpers take it."""
    answer = requests.Response()
    answer.url, answer.encoding = address, "utf-8"
    answer.status_code, answer.elapsed = told["statusCode"], timedelta(seconds=seconds)
    answer.headers.update(told["headers"])
    if told.get("cookies"):
        answer.headers["set-cookie"] = ", ".join(told["cookies"])
    body = told.get("body") or ""
    answer._content = base64.b64decode(body) if told["isBase64Encoded"] else body.encode()
    return answer
