"""The host binary, started as an EC2 host starts it, and the metadata service it asks who it is."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil

from infra.local.children import Child
from infra.local.ports import LOOPBACK, ReservedPort

BINARY = Path(__file__).resolve().parents[2] / "target/debug/rollcall-host"

INSTANCE_ID, ZONE = "i-0123456789abcdef0", "us-east-1c"

# What the host's role would give it, and nothing of the operations.
SETTINGS = (
    "EMPLOYEES_TABLE",
    "PHOTOS_BUCKET",
    "PEOPLE_TABLE",
    "SEARCH_INDEX_TABLE",
    "ARTIFACTS_BUCKET",
    "READING",
    "OIDC_ISSUER",
    "OIDC_CLIENT_ID",
    "OIDC_DISCOVERY_URL",
)


class Host:
    """A host binary under way, at `url`."""

    def __init__(self, folder: Path, environment: Mapping[str, str], **more: str) -> None:
        self._port = ReservedPort()
        self.url = f"http://{LOOPBACK}:{self._port.number}"
        own = {name: value for name, value in environment.items() if name in SETTINGS or name.startswith("AWS_")}
        if environment.get("OPERATIONS_TABLE"):
            own["AUDIT_TABLE"] = environment.get("AUDIT_TABLE", environment["OPERATIONS_TABLE"])
        listen = {"LISTEN": self.url.removeprefix("http://"), "PATH": os.environ["PATH"], "RUST_LOG": "info"}
        self._child = Child("rollcall-host", [BINARY], own | listen | more, folder / "host.log")

    @property
    def log(self) -> str:
        return self._child.log.read_text()

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(self._child.pid)

    def is_listening(self) -> bool:
        """Whether it takes requests; fails when it has ended instead."""
        self._child.check()
        return "listening" in self.log

    def terminate(self, within: float) -> int:
        """Asks it to end, as systemd does, and answers its exit code."""
        self.process.terminate()
        return self.exit_code(within)

    def exit_code(self, within: float) -> int:
        """Its exit code, once it has ended."""
        return self.process.wait(within)

    def stop(self) -> None:
        """Ends it in any case."""
        self._child.stop()
        self._port.close()


@contextmanager
def metadata_service() -> Iterator[str]:
    """An instance metadata service of version 2, which wants a session token, at the address it gives."""
    answers = {
        "/latest/meta-data/instance-id": INSTANCE_ID,
        "/latest/meta-data/placement/availability-zone": ZONE,
    }

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.reply(200, "a-session", {"x-aws-ec2-metadata-token-ttl-seconds": "21600"})

        def do_GET(self) -> None:
            if self.headers.get("x-aws-ec2-metadata-token") != "a-session":
                self.reply(401, "", {})
            else:
                found = answers.get(self.path)
                self.reply(200 if found else 404, found or "", {})

        def reply(self, status: int, text: str, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(text)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{LOOPBACK}:{server.server_port}"
        server.shutdown()
        thread.join()
