"""The two emulators and the router between them, without anything deployed: what a script has in place of AWS."""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.local.children import Child
from infra.local.endpoints import ACCOUNT_ID, Endpoints
from infra.local.ports import LOOPBACK, ReservedPort, listen_at_free_port
from infra.local.router import Router
from tests.support.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]

_INHERITED = ("HOME", "LANG", "PATH", "USER")


class Emulators:
    """A cloud in which nothing is deployed yet; a context manager. Its files are in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        moto, ministack = ReservedPort(), ReservedPort()
        self._ports = {"moto": str(moto.number), "ministack": str(ministack.number)}
        self._listener = listen_at_free_port()
        self.endpoints = Endpoints(
            moto=f"http://{LOOPBACK}:{moto.number}",
            ministack=f"http://{LOOPBACK}:{ministack.number}",
            cloudformation=f"http://{LOOPBACK}:{self._listener.getsockname()[1]}",
        )
        self._started = ExitStack()
        for held in (moto, ministack, self._listener):
            self._started.callback(held.close)

    def __enter__(self) -> Self:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        env = {**inherited, **self.endpoints.environment(), "PYTHONPATH": str(ROOT), "TMPDIR": str(self._folder)}
        try:
            moto = self._spawn("moto", ["-H", LOOPBACK, "-p", self._ports["moto"]], env)
            ministack = self._spawn(
                "ministack",
                [],
                {
                    **env,
                    "BIND_HOST": LOOPBACK,
                    "GATEWAY_PORT": self._ports["ministack"],
                    "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
                    "MINISTACK_REGION": self.endpoints.region,
                    # Else it listens for MQTT as well, on every interface.
                    "IOT_MTLS_ENABLED": "0",
                    "STATE_DIR": str(self._folder / "state"),
                },
            )
            moto.wait_until(lambda: _answers(f"{self.endpoints.moto}/moto-api/config"), PATIENCE)
            ministack.wait_until(lambda: _answers(f"{self.endpoints.ministack}/_ministack/ready"), PATIENCE)
            router = Router(self._listener, self.endpoints.moto, self.endpoints.ministack)
            router.start()
            self._started.callback(router.stop)
        except BaseException:
            self._started.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._started.close()

    def _spawn(self, name: str, arguments: list[str], env: Mapping[str, str]) -> Child:
        command = [sys.executable, "-m", f"infra.local.{name}_extended", *arguments]
        child = Child(name, command, env, self._folder / f"{name}.log")
        self._started.callback(child.stop)
        return child


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
