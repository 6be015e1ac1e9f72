"""HTTP in front of copies of the function, which stands for API Gateway and Lambda.

A copy has one request at a time, as an instance of Lambda's has; who comes when none is free waits, where Lambda would
start another one. The emulators of API Gateway and Lambda take a tenth of a second of the machine for each request, so
that they would be what is measured.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.copies import Copies


class _Front(ThreadingHTTPServer):
    daemon_threads = True
    # All connections come at the same moment.
    request_queue_size = 1_000

    def __init__(self, copies: Copies) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.copies = copies

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves before its answer is no error here."""


class _Handler(BaseHTTPRequestHandler):
    server: _Front
    protocol_version = "HTTP/1.1"
    # A whole answer goes out at once, and not in parts that each wait for the other side.
    wbufsize = -1
    disable_nagle_algorithm = True

    def __getattr__(self, name: str) -> Callable[[], None]:
        # http.server looks for what answers a method by its name; here the function answers each.
        if name.startswith("do_"):
            return self.pass_on
        raise AttributeError(name)

    def pass_on(self) -> None:
        """Has a copy answer, as soon as one is free."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            answer = self.server.copies.ask(self.command, self.path, headers, body or None)
        except (AssertionError, queue.Empty):
            # What API Gateway says when the function has failed.
            return self.tell(502, {}, b"")
        return self.tell(answer.status_code, answer.headers, answer.content)

    def tell(self, status: int, headers: Any, content: bytes) -> None:
        """Sends an answer."""
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def front(copies: Copies) -> Iterator[str]:
    """The address at which the copies answer."""
    with _Front(copies) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
