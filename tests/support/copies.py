"""The function in several processes, between Lambda's runtime API and an AWS.

The emulators of CloudFront, API Gateway and Lambda take a tenth of a second of the machine for each request. Where a
test is not about them, the function itself is asked hundreds of times.
"""

import base64
import queue
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
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


class Copy:
    """One copy, which answers one request at a time."""

    def __init__(self, name: str, runtime: RuntimeApi) -> None:
        self.name = name
        self.runtime = runtime

    def ask(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
    ) -> requests.Response:
        """Asks; how long that took is the answer's `elapsed`."""
        url = urlsplit(address)
        # As the distribution says it, which writes ids so that none has a slash.
        told = {"x-exact-path": "true", **(headers or {})}
        cookie = told.pop("cookie", None)
        text = base64.b64encode(body).decode() if isinstance(body, bytes) else body
        event = request(method, url.path, url.query, told, text) | ({"cookies": [cookie]} if cookie else {})
        event["isBase64Encoded"] = isinstance(body, bytes)
        return _answer(address, *self.runtime.invoke(event))


class Copies:
    """So many copies, whose processes are `pids`; a context manager.

    `each` says what the copy of a name has in its environment besides.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        count: int = USUAL,
        function: Path = FUNCTION,
        each: Callable[[str], Mapping[str, str]] = lambda _: {},
    ) -> None:
        self._environment, self._count, self._function, self._each = environment, count, function, each
        self._free: queue.Queue[Copy] = queue.Queue()
        self.pids: list[int] = []
        self._started = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for number in range(self._count):
                copy = Copy(f"copy{number}", stack.enter_context(RuntimeApi()))
                environment = {**self._environment, **self._each(copy.name)}
                process = stack.enter_context(started([str(self._function)], copy.runtime, environment))
                self.pids.append(process.pid)
                self._free.put(copy)
            for copy in list(self._free.queue):
                copy.runtime.next()
            self._started = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._started.close()

    @contextmanager
    def one(self) -> Iterator[Copy]:
        """A copy for oneself, as soon as one is free."""
        copy = self._free.get()
        try:
            yield copy
        finally:
            self._free.put(copy)

    def ask(
        self, method: str, address: str, headers: Mapping[str, str] | None = None, body: str | bytes | None = None
    ) -> requests.Response:
        """Asks whichever copy is free."""
        with self.one() as copy:
            return copy.ask(method, address, headers, body)


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
