"""Runs the machines of a local cloud until it is told to stop: `python -m infra.local.hosts`.

- `fleet` follows EC2 and keeps the machines; `machine` is one of them, made of
  - `network`: two networks joined by a wire, the instance's and that of what surrounds it;
  - `metadata`: the instance metadata service; `relay`: the way to the emulators;
  - `boot`: the instance's first process, which makes the file system (`root`) and runs the user data.
- `proxy` leads to the apps from outside.

This process is root of a user namespace of its own (`namespaces.IN_USER_NAMESPACE`) and stays in the real network, in
which it listens on loopback for the proxy. Where there may be no such namespace it runs without, and with the proxy
alone, which then finds no machine: EC2 gives up every instance that would boot (`infra.local.moto_behaviour`).
"""

import argparse
import asyncio
import contextlib
import logging
import signal
from pathlib import Path

from infra.local.endpoints import Endpoints
from infra.local.hosts.fleet import Fleet
from infra.local.hosts.proxy import Proxy
from infra.local.hosts.surroundings import Surroundings
from infra.local.ports import listen


def main() -> None:
    """Reads the command line and serves."""
    parser = argparse.ArgumentParser(prog="infra.local.hosts")
    parser.add_argument("--moto", required=True, help="where moto answers")
    parser.add_argument("--ministack", required=True, help="where ministack answers")
    parser.add_argument("--gate", required=True, help="where instances find both")
    parser.add_argument("--region", required=True)
    parser.add_argument("--port", type=int, required=True, help="where the proxy stands")
    parser.add_argument("--folder", type=Path, required=True, help="for what is made for the machines")
    parser.add_argument("--consoles", type=Path, required=True, help="for each instance's console")
    parser.add_argument("--proxy-alone", action="store_true", help="boot no machine")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    asyncio.run(_serve(arguments))


async def _serve(arguments: argparse.Namespace) -> None:
    endpoints = Endpoints(arguments.moto, arguments.ministack, arguments.region)
    surroundings = Surroundings(endpoints, arguments.gate, arguments.consoles, arguments.folder)
    surroundings.prepare()
    fleet = Fleet(surroundings)
    proxy = await Proxy(fleet).serve(listen(arguments.port))
    keeping = asyncio.create_task(_for_ever() if arguments.proxy_alone else fleet.keep())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, keeping.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await keeping
    await proxy.cleanup()


async def _for_ever() -> None:
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    main()
