"""TCP ports on the loopback interface."""

import random
import socket
import sys
from contextlib import suppress

from infra.local.failure import Failure

LOOPBACK = "127.0.0.1"

# Below the range that Linux gives to outgoing connections (ip_local_port_range starts at 32768), so that none of
# them can take a port between its choice and its use.
_CANDIDATES = range(20_000, 32_000)


def listen(port: int) -> socket.socket:
    """Listens at a port of the loopback interface, so that nobody else gets it. Raises `Failure` when it is taken.

    Who connects waits until someone accepts. Bound alone, others could bind and listen at it as well: see SO_REUSEADDR.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen()
    except OSError:
        listener.close()
        raise Failure(
            f"port {port} is in use: stop what listens there, or choose another one, as in `make run PORT={port + 1}`"
        ) from None
    return listener


def free_port() -> int:
    """A port that nobody listens on just now."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Different ports that nobody listens on just now. Raises `Failure` when there are too few."""
    found: list[int] = []
    for port in random.sample(_CANDIDATES, k=200):
        if len(found) == count:
            return found
        with suppress(Failure):
            listen(port).close()
            found.append(port)
    raise Failure("found no free port on 127.0.0.1: stop some of the servers on this machine")


if __name__ == "__main__":
    # Asked before minutes of building, with the system's Python.
    try:
        listen(int(sys.argv[1])).close()
    except Failure as failure:
        sys.exit(f"rollcall: {failure}")
