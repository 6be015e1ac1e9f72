"""What the forwarder changes on the way to the distribution and back, and what it leaves alone."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from infra.local.forwarder import Forwarder
from infra.local.ports import ReservedPort, listen_at_free_port

DISTRIBUTION = "d123.cloudfront.net"


@dataclass
class Seen:
    """A request as it reached the emulator."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Emulator:
    """Stands in for the emulator: answers `/half` in two pieces, `/redirect` by a redirect, the rest with `ok`."""

    seen: list[Seen] = field(default_factory=list)
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        length = int(request.headers.get("Content-Length", 0))
        self.seen.append(Seen(request.requestline, dict(request.headers), request.rfile.read(length)))
        if request.path == "/redirect":
            request.send_response(302)
            request.send_header("Location", "http://example.invalid/")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        request.send_response(200)
        request.send_header("Connection", "X-Hop")
        request.send_header("X-Hop", "this connection only")
        request.send_header("X-Kept", "for everyone")
        request.send_header("Content-Length", "2")
        request.end_headers()
        request.wfile.write(b"o")
        if request.path == "/half":
            assert self.may_go_on.wait(10)
        request.wfile.write(b"k")


@pytest.fixture
def emulator() -> Emulator:
    """What the forwarder forwards to."""
    return Emulator()


@pytest.fixture
def forwarded(emulator: Emulator) -> Iterator[http.client.HTTPConnection]:
    """A connection to a forwarder in front of the emulator."""
    with serving(emulator) as port, forwarding(f"http://127.0.0.1:{port}") as connection:
        yield connection


@contextmanager
def serving(emulator: Emulator) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        do_GET = do_PUT = lambda self: emulator.answer(self)  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@contextmanager
def forwarding(emulator: str) -> Iterator[http.client.HTTPConnection]:
    listener = listen_at_free_port()
    forwarder = Forwarder(listener, DISTRIBUTION, emulator)
    forwarder.start()
    connection = http.client.HTTPConnection(*listener.getsockname(), timeout=10)
    try:
        yield connection
    finally:
        connection.close()
        forwarder.stop()


def test_a_request_arrives_as_it_was_sent(emulator: Emulator, forwarded: http.client.HTTPConnection) -> None:
    forwarded.request("PUT", "/a%2Fb/%C3%A9?q=1+2&r=%20", body=b"x" * 3_000_000, headers={"Content-Type": "image/png"})
    assert forwarded.getresponse().read() == b"ok"

    assert emulator.seen[0].line == "PUT /a%2Fb/%C3%A9?q=1+2&r=%20 HTTP/1.1"
    assert emulator.seen[0].headers["Content-Type"] == "image/png"
    assert len(emulator.seen[0].body) == 3_000_000


def test_a_viewer_seems_to_ask_the_distribution_over_https(
    emulator: Emulator, forwarded: http.client.HTTPConnection
) -> None:
    forwarded.request("GET", "/", headers={"X-Forwarded-Proto": "http"})
    forwarded.getresponse().read()

    assert emulator.seen[0].headers["Host"] == DISTRIBUTION
    assert emulator.seen[0].headers["X-Forwarded-Proto"] == "https"


def test_what_speaks_of_one_connection_is_not_passed_on(
    emulator: Emulator, forwarded: http.client.HTTPConnection
) -> None:
    forwarded.request("GET", "/", headers={"Connection": "X-Mine", "X-Mine": "1", "TE": "trailers", "X-Yours": "2"})
    answer = forwarded.getresponse()

    assert not {"X-Mine", "TE"} & emulator.seen[0].headers.keys()
    assert emulator.seen[0].headers["X-Yours"] == "2"
    assert answer.headers["X-Hop"] is None
    assert answer.headers["X-Kept"] == "for everyone"


@pytest.mark.parametrize("target", ["//example.invalid/x", "http://example.invalid/x"])
def test_no_address_leads_elsewhere(emulator: Emulator, forwarded: http.client.HTTPConnection, target: str) -> None:
    forwarded.request("GET", target)
    forwarded.getresponse().read()

    assert len(emulator.seen) == 1


def test_a_redirect_is_the_viewers_to_follow(forwarded: http.client.HTTPConnection) -> None:
    forwarded.request("GET", "/redirect")
    answer = forwarded.getresponse()

    assert (answer.status, answer.headers["Location"]) == (302, "http://example.invalid/")


def test_an_answer_is_passed_on_piece_by_piece(emulator: Emulator, forwarded: http.client.HTTPConnection) -> None:
    forwarded.request("GET", "/half")
    answer = forwarded.getresponse()

    assert answer.read(1) == b"o"
    emulator.may_go_on.set()
    assert answer.read() == b"k"


def test_an_emulator_that_is_gone_is_a_bad_gateway() -> None:
    with ReservedPort() as nobodys, forwarding(f"http://127.0.0.1:{nobodys.number}") as connection:
        connection.request("GET", "/")
        answer = connection.getresponse()

        assert (answer.status, answer.read()) == (502, b"The local cloud does not answer.\n")
