"""Clients of the host that take their time, and a visitor who comes meanwhile.

The clients come from the visitor's own address, which is the harder case: where there is no place left, the host takes
one from the address that has most. Whom it hangs up on comes again.
"""

import asyncio
import random
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.raw import Door

# How many read a byte now and then of an answer that is far larger than what is kept for them, send a byte of a
# request now and then, and say nothing at all.
READERS, SENDERS, SILENT = 300, 100, 400
NOW_AND_THEN = 5.0
# When someone comes again after the host has hung up, in seconds.
BACK_AFTER = 5.0
# How often the visitor asks, and how long that may take, in seconds.
EACH, WITHIN = 0.2, 1.0

Behaviour = Callable[[socket.socket], Awaitable[None]]


@dataclass
class Visits:
    """What the visitor met: the milliseconds of each answer, and what else came."""

    taken: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    hung_up_on: int = 0
    # How many seconds after the beginning the slowest answer was asked for.
    slowest_at: float = 0

    def faults(self) -> Iterator[str]:
        """What must not have been."""
        late = sum(taken > WITHIN * 1e3 for taken in self.taken)
        if late or not self.taken:
            yield f"among slow clients: {late} of {len(self.taken)} answers later than {WITHIN} s"
        if self.failed:
            yield f"among slow clients: {len(self.failed)} bad answers or none, such as {self.failed[0]}"


def visit(url: str, large: str, seconds: float) -> Visits:
    """Has the visitor ask for so long, while the others are there; `large` is the path of a large file."""
    visits, over = Visits(), threading.Event()
    visitor = threading.Thread(target=_visitor, args=(url, visits, over))
    visitor.start()
    try:
        asyncio.run(_crowd(url, large, seconds, visits))
    finally:
        over.set()
        visitor.join()
    return visits


def _visitor(url: str, visits: Visits, over: threading.Event) -> None:
    door, begun = Door(url), time.monotonic()
    for number in range(1_000_000):
        if over.wait(max(0.0, begun + number * EACH - time.monotonic())):
            return
        asked = time.monotonic()
        try:
            status = door.ask("GET", ("/", "/api/employees?q=ada")[number % 2]).status_code
        except OSError as error:
            visits.failed.append(str(error))
            continue
        taken = (time.monotonic() - asked) * 1e3
        if taken > max(visits.taken, default=0):
            visits.slowest_at = asked - begun
        visits.taken.append(taken)
        if status != 200:
            visits.failed.append(str(status))


async def _crowd(url: str, large: str, seconds: float, visits: Visits) -> None:
    def read(client: socket.socket) -> Awaitable[None]:
        return _reads(client, f"GET {large} HTTP/1.1\r\nhost: a\r\n\r\n".encode())

    kinds: list[tuple[int, Behaviour]] = [(READERS, read), (SENDERS, _sends), (SILENT, _says_nothing)]
    comings = [_comes(url, behaviour, visits) for number, behaviour in kinds for _ in range(number)]
    clients = [asyncio.create_task(it) for it in comings]
    await asyncio.sleep(seconds)
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)


async def _comes(url: str, behaviour: Behaviour, visits: Visits) -> None:
    """Comes, and comes again."""
    place = urlsplit(url)
    while True:
        with socket.socket() as client, suppress(OSError):
            client.setblocking(False)
            # What the kernel takes in for a client is no slow reading.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await asyncio.get_running_loop().sock_connect(client, (place.hostname, place.port))
            await behaviour(client)
        visits.hung_up_on += 1
        await asyncio.sleep(BACK_AFTER * random.uniform(0.5, 1.5))


async def _reads(client: socket.socket, request: bytes) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(client, request)
    while await loop.sock_recv(client, 1):
        await asyncio.sleep(NOW_AND_THEN)


async def _sends(client: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nx-slow: ")
    while True:
        await asyncio.sleep(NOW_AND_THEN)
        await loop.sock_sendall(client, b"a")


async def _says_nothing(client: socket.socket) -> None:
    await asyncio.get_running_loop().sock_recv(client, 1)
