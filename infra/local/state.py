"""What the running local cloud leaves on disk, so that other shells find it."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from infra.local.failure import Failure


@dataclass(frozen=True)
class State:
    """Written once the cloud serves, removed when it stops.

    `environment` is the function's own, with the emulators' addresses; `faults` is the address of the proxy between the
    function and EC2; `passwords` are the demo users'; `hosts_refused` says why no host boots, where none does.
    """

    pid: int
    url: str
    logs: str
    moto: str
    ministack: str
    faults: str
    hosts_proxy: str
    hosts_refused: str | None
    user_pool: str
    user_pool_client: str
    passwords: dict[str, str]
    outputs: dict[str, dict[str, str]]
    environment: dict[str, str]

    @classmethod
    def read(cls, file: Path) -> Self:
        """The running cloud's. Raises `Failure` when none runs."""
        try:
            state = cls(**json.loads(file.read_text()))
            os.kill(state.pid, 0)
        except (OSError, ValueError, TypeError):
            raise Failure("no local cloud is running: start one with `make run` in another shell") from None
        return state

    def write(self, file: Path) -> None:
        """Makes it known."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(self), indent=2) + "\n")
