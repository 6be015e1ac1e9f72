"""A client of Rollcall's API."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import requests

# The longest that a request may take, in seconds: API Gateway's own limit, and a little for the way.
_REQUEST_TIMEOUT = 35


# Who launches a host has signed in within a quarter of an hour (infra/service.yaml), and the tests of a session may
# take longer. In seconds.
_TOKEN_IS_FRESH_FOR = 10 * 60


class Api(requests.Session):
    """Calls Rollcall's API by path, as one person. An answer of any status is returned, none is raised.

    `get_token` gives a fresh bearer token of that person's; nobody has none.
    """

    def __init__(self, url: str, get_token: Callable[[], str] | None) -> None:
        super().__init__()
        self._url = url
        # A .netrc or a proxy of the developer's has no part in this.
        self.trust_env = False
        self._get_token = get_token
        self._token, self._fresh_until = "", float("-inf")

    @property
    def token(self) -> str:
        """The token that is sent just now; an empty text for nobody."""
        if self._get_token is not None and time.monotonic() > self._fresh_until:
            self._token = self._get_token()
            self._fresh_until = time.monotonic() + _TOKEN_IS_FRESH_FOR
        return self._token

    def request(self, method: str, url: str, **more: Any) -> requests.Response:  # type: ignore[override]
        if self.token:
            self.headers["Authorization"] = f"Bearer {self.token}"
        more.setdefault("timeout", _REQUEST_TIMEOUT)
        more.setdefault("allow_redirects", False)
        return super().request(method, urljoin(self._url, url), **more)
