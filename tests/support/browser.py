"""A browser without pages: it keeps cookies, follows where it is sent, and fills in the sign-in page."""

import base64
import hashlib
import re
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from infra.local.people import Person

_TIMEOUT = 35
_ANSWERS_WITH_A_REDIRECT = (301, 302, 303, 307, 308)


class Browser:
    """One browser at one site. An answer of any status is returned, none is raised."""

    def __init__(self, site: str) -> None:
        self.site = site
        self._session = requests.Session()
        # A .netrc or a proxy of the developer's has no part in this.
        self._session.trust_env = False

    @property
    def cookies(self) -> dict[str, str]:
        """What it keeps for the site."""
        host = urlsplit(self.site).hostname
        return {
            it.name: it.value or "" for it in self._session.cookies if it.domain.lstrip(".") in (host, f"{host}.local")
        }

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """Asks the site as one of its own pages does, and follows no redirect."""
        headers = {"Sec-Fetch-Site": "same-origin"} | more.pop("headers", {})
        headers = {name: value for name, value in headers.items() if value is not None}
        url = urljoin(self.site, path)
        return self._session.request(method, url, headers=headers, timeout=_TIMEOUT, allow_redirects=False, **more)

    def begin(self, return_to: str = "/", **more: str) -> requests.Response:
        """Goes to where one signs in, and shows the issuer's page."""
        answer = self.ask("GET", "/auth/sign-in", params={"return_to": return_to, **more})
        return self.follow(answer)

    def follow(self, answer: requests.Response, until: str | None = None) -> requests.Response:
        """Goes where it is sent, as far as an address of the site that begins so."""
        for _ in range(10):
            if answer.status_code not in _ANSWERS_WITH_A_REDIRECT:
                return answer
            url = urljoin(answer.url, answer.headers["Location"])
            if until is not None and url.startswith(urljoin(self.site, until)):
                return answer
            answer = self._session.get(url, timeout=_TIMEOUT, allow_redirects=False)
        raise AssertionError(f"{answer.url} leads round in circles")

    def submit(self, page: requests.Response, person: Person, password: str | None = None) -> requests.Response:
        """Fills in the sign-in page; answers where it leads, which is not gone to yet."""
        hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
        form = {name: unescape(value) for name, value in hidden}
        form |= {"username": person.name, "password": password or person.password}
        action = re.search(r'<form method="POST" action="([^"]*)"', page.text)
        assert action, page.text
        url = urljoin(page.url, unescape(action[1]))
        return self._session.post(url, data=form, timeout=_TIMEOUT, allow_redirects=False)

    def sign_in(self, person: Person, return_to: str = "/") -> requests.Response:
        """Signs someone in; answers the redirect to where they were."""
        arrival = self.submit(self.begin(return_to), person)
        return self._session.get(arrival.headers["Location"], timeout=_TIMEOUT, allow_redirects=False)

    def open(self, url: str) -> requests.Response:
        """Opens an address that someone typed."""
        return self._session.get(urljoin(self.site, url), timeout=_TIMEOUT, allow_redirects=False)

    def user(self) -> dict[str, Any] | None:
        """Who is signed in, as the site says."""
        return self.ask("GET", "/api/session").json()["user"]


def session_key(session: str) -> dict[str, Any]:
    """By what the table knows the session with this id."""
    digest = hashlib.sha256(base64.urlsafe_b64decode(f"{session}=")).digest()
    name = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return {"pk": {"S": f"session/{name}"}, "sk": {"S": "session"}}
