"""Passes requests on to the CloudFront distribution in the emulator, from an address that people can type."""

import logging
import socket

import aiohttp
from aiohttp import web
from yarl import URL

from infra.local.proxy import Proxy, passed_on, stream

_log = logging.getLogger(__name__)


class Forwarder(Proxy):
    """A reverse proxy in a thread of its own.

    `distribution` is the distribution's own domain name, which the emulator at `emulator` goes by. Viewers are taken to
    have come over HTTPS, as the distribution demands: on loopback there is nothing to encrypt.
    """

    def __init__(self, listener: socket.socket, distribution: str, emulator: str) -> None:
        super().__init__("forwarder", listener)
        self._distribution = distribution
        self._emulator = emulator

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        headers = passed_on(request.headers)
        headers["Host"] = self._distribution
        headers["X-Forwarded-Proto"] = "https"
        try:
            answer = await self._client.request(
                request.method,
                # Put together as text: joining as URLs would let `//elsewhere/` choose the server.
                URL(f"{self._emulator}{request.rel_url.raw_path_qs}", encoded=True),
                headers=headers,
                data=request.content if request.can_read_body else None,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.warning("%s %s: %s", request.method, request.path, error)
            return web.Response(status=502, text="The local cloud does not answer.\n")
        async with answer:
            return await stream(request, answer)
