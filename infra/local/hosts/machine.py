"""One machine: the network, services and processes of one instance."""

import asyncio
import contextlib
import json
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

import aiohttp
from yarl import URL

from infra.local.endpoints import Endpoints
from infra.local.hosts.ec2 import Place
from infra.local.hosts.metadata import Metadata
from infra.local.hosts.namespaces import IN_MACHINE_NAMESPACES, PROGRAM_PATH
from infra.local.hosts.network import Network
from infra.local.hosts.relay import relay
from infra.local.hosts.surroundings import Surroundings

ROOT = Path(__file__).resolve().parents[3]

# What root's processes have on Amazon Linux.
_INSTANCE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# An app may think as long as it likes; visitors have limits of their own.
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=120)


class Machine:
    """A sandbox that has booted, or is about to."""

    def __init__(self) -> None:
        self._parts = AsyncExitStack()
        self.visitors: aiohttp.ClientSession
        self.app: str

    @classmethod
    async def boot(
        cls, instance: str, place: Place, user_data: bytes, metadata: Metadata, surroundings: Surroundings
    ) -> Self:
        """Puts it together and starts it."""
        machine = cls()
        try:
            network = await machine._connect(place, metadata, surroundings)
            description = {
                "address": place.address,
                "environment": _environment(surroundings.endpoints),
                "flask_archive": str(surroundings.flask_archive),
                "stage": str(surroundings.stage),
                "user_data": user_data.decode("utf-8", "surrogateescape"),
            }
            await machine._start(network, description, surroundings.console(instance))
        except BaseException:
            await machine.stop()
            raise
        return machine

    async def stop(self) -> None:
        """Ends all its processes, then what they were connected to."""
        await self._parts.aclose()

    async def _connect(self, place: Place, metadata: Metadata, surroundings: Surroundings) -> Network:
        network = await asyncio.to_thread(Network, place)
        self._parts.callback(network.close)
        service = await metadata.serve(network.metadata_listener())
        self._parts.push_async_callback(service.cleanup)
        gate = URL(surroundings.gate).port or 80
        for emulator in (surroundings.endpoints.moto, surroundings.endpoints.ministack):
            # At the address where it is for others; in truth the gate, which knows the instance by its credentials.
            listener = network.loopback_listener(URL(emulator).port or 80)
            self._parts.callback((await relay(listener, gate)).close)
        self.app = network.app
        self.visitors = aiohttp.ClientSession(
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_TIMEOUT,
            # Whoever may hold a connection when the instance ends would be told a different thing than the next one.
            connector=aiohttp.TCPConnector(
                force_close=True, socket_factory=lambda address: network.outside_socket(*address[:3])
            ),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )
        self._parts.push_async_callback(self.visitors.close)
        return network

    async def _start(self, network: Network, description: dict[str, object], console: Path) -> None:
        process = await asyncio.to_thread(network.instance.run, _start, description, console)
        self._parts.push_async_callback(asyncio.to_thread, _end, process)


def _environment(endpoints: Endpoints) -> dict[str, str]:
    """What user data and services find: where AWS is. Who they are they learn from the metadata, as on EC2."""
    addresses = {name: value for name, value in endpoints.environment().items() if name.startswith("AWS_ENDPOINT_URL")}
    return {"LANG": "C.UTF-8", "PATH": _INSTANCE_PATH, **addresses}


def _start(description: dict[str, object], console: Path) -> subprocess.Popen[bytes]:
    with console.open("ab") as output:
        process = subprocess.Popen(
            [*IN_MACHINE_NAMESPACES, sys.executable, "-m", "infra.local.hosts.boot"],
            env={"PATH": PROGRAM_PATH, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    assert process.stdin is not None
    with process.stdin as channel, contextlib.suppress(BrokenPipeError):
        channel.write(json.dumps(description).encode())
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    # Its child, the first process of the instance, is killed with it, and everything else with that.
    process.kill()
    process.wait()
