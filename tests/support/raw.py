"""Requests whose every byte the test chooses: other clients tidy addresses and headers up before they send them."""

import socket
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import requests

_TIMEOUT = 35


@dataclass(frozen=True)
class Door:
    """A way into Rollcall: what comes before `/api`, and the token of whoever knocks."""

    url: str
    token: str | None = None

    def ask(self, method: str, target: str | bytes, *headers: bytes, body: bytes = b"") -> requests.Response:
        """Sends exactly this method, target and these header lines, besides the few that HTTP needs."""
        base = urlsplit(self.url)
        raw = target.encode() if isinstance(target, str) else target
        lines = [
            method.encode() + b" " + base.path.encode() + raw + b" HTTP/1.1",
            b"host: " + base.netloc.encode(),
            b"connection: close",
            *headers,
        ]
        if self.token:
            lines.append(b"authorization: Bearer " + self.token.encode())
        if body:
            lines.append(b"content-length: " + str(len(body)).encode())
        with socket.create_connection((base.hostname or "", base.port or 80), timeout=_TIMEOUT) as connection:
            connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
            return _answer(connection, method)


def _answer(connection: socket.socket, method: str) -> requests.Response:
    """The answer, as the tests' helpers take it."""
    read: Any = HTTPResponse(connection, method=method)
    read.begin()
    answer = requests.Response()
    answer.status_code = read.status
    answer.headers.update(read.getheaders())
    answer._content = read.read()
    answer.encoding = "utf-8"
    return answer
