"""TCP ports on the loopback interface."""

import random
import socket
import sys

from infra.local.failure import Failure

LOOPBACK = "127.0.0.1"

# Below the range that Linux gives to outgoing connections (ip_local_port_range starts at 32768), so that none of
# them can take a port between its choice and its use.
_CANDIDATES = range(20_000, 32_000)

# Where one socket is bound to a port and doesn't listen, another may listen at it, if both have SO_REUSEADDR. That is
# so on Linux (https://man7.org/linux/man-pages/man7/socket.7.html), and not elsewhere.
_MAY_BE_SHARED = sys.platform == "linux"


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


def listen_at_free_port() -> socket.socket:
    """Listens at a port that nobody else has. Raises `Failure` when there is none."""
    listener = _bind_to_free_port()
    listener.listen()
    return listener


class ReservedPort:
    """A port for a server that is told its number and starts later; a context manager, or ended by `close`.

    Meanwhile no other reservation and no `listen_at_free_port` in any process gets it, and who connects is refused. The
    server listens there while the reservation is held, as long as it sets SO_REUSEADDR, as servers do.
    """

    def __init__(self) -> None:
        self._socket = _bind_to_free_port()
        self.number: int = self._socket.getsockname()[1]
        if not _MAY_BE_SHARED:
            self._socket.close()

    def __enter__(self) -> "ReservedPort":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Gives it up."""
        self._socket.close()


def _bind_to_free_port() -> socket.socket:
    for port in random.sample(_CANDIDATES, k=200):
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            # Still without SO_REUSEADDR, so that it is refused wherever another socket is bound, listening or not.
            bound.bind((LOOPBACK, port))
        except OSError:
            bound.close()
            continue
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return bound
    raise Failure("found no free port on 127.0.0.1: stop some of the servers on this machine")


if __name__ == "__main__":
    # Asked before minutes of building, with the system's Python.
    try:
        listen(int(sys.argv[1])).close()
    except Failure as failure:
        sys.exit(f"rollcall: {failure}")
