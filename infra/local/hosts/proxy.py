"""An HTTP proxy that leads to the apps on the machines, by any address of their instances, and nowhere else."""

import asyncio
import socket

import aiohttp
from aiohttp import web

from infra.local.hosts.fleet import Fleet
from infra.local.hosts.network import PORT
from infra.local.proxy import passed_on, stream


class Proxy:
    """Serves requests whose target is an absolute `http://` address."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    async def serve(self, listener: socket.socket) -> web.ServerRunner:
        """Begins to serve; the answer's `cleanup` ends it."""
        # Below the level of applications, whose routes would not match an absolute target.
        runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        return runner

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        target = request.message.url
        if not target.absolute:
            return _say(200, "This is the HTTP proxy to the hosts of Rollcall's local cloud.")
        if target.scheme != "http" or target.port != PORT or request.method == "CONNECT":
            return _say(403, f"Only the hosts of the local cloud are reached from here, and only their port {PORT}.")
        instance = await asyncio.to_thread(self._fleet.ec2.instance_at, target.host or "")
        machine = self._fleet.machine(instance)
        if machine is None:
            return _say(504, f"No running instance has the address {target.host}.")
        headers = passed_on(request.headers)
        headers["Host"] = request.host
        try:
            answer = await machine.visitors.request(
                request.method,
                f"{machine.app}{target.raw_path_qs}",
                headers=headers,
                data=request.content if request.can_read_body else None,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = error.strerror if isinstance(error, aiohttp.ClientConnectorError) else str(error)
            return _say(502, f"The app on {instance} does not answer: {reason or type(error).__name__}")
        async with answer:
            return await stream(request, answer)


def _say(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n")
