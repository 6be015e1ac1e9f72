"""A client of Rollcall's API."""

from typing import Any
from urllib.parse import urljoin

import requests

# The longest that a request may take, in seconds: API Gateway's own limit, and a little for the way.
_REQUEST_TIMEOUT = 35


class Api(requests.Session):
    """Calls Rollcall's API by path, as one person. An answer of any status is returned, none is raised."""

    def __init__(self, url: str, token: str | None) -> None:
        super().__init__()
        self._url = url
        # A .netrc or a proxy of the developer's has no part in this.
        self.trust_env = False
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"

    def request(self, method: str, url: str, **more: Any) -> requests.Response:  # type: ignore[override]
        more.setdefault("timeout", _REQUEST_TIMEOUT)
        more.setdefault("allow_redirects", False)
        return super().request(method, urljoin(self._url, url), **more)
