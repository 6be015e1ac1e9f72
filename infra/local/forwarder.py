"""Passes requests on to the CloudFront distribution in the emulator, from an address that people can type."""

import asyncio
import logging
import socket
import threading
from collections.abc import Coroutine, Iterable
from typing import Any

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

# RFC 9110, section 7.6.1: these speak of one connection only and end here. Host is written anew, and aiohttp answers
# Expect by itself.
_NOT_PASSED_ON = frozenset(
    ("connection", "expect", "host", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
)

# A request may take as long as API Gateway allows: 30 s (its integration timeout), and a little for the way.
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=35)

# Binding and closing sockets takes no time; the bound, in seconds, only keeps a fault from hanging the launcher.
_STARTS_AND_STOPS_WITHIN = 10

_log = logging.getLogger(__name__)


class Forwarder:
    """A reverse proxy in a thread of its own.

    `distribution` is the distribution's own domain name, which the emulator at `emulator` goes by. Viewers are taken to
    have come over HTTPS, as the distribution demands: on loopback there is nothing to encrypt.
    """

    def __init__(self, listener: socket.socket, distribution: str, emulator: str) -> None:
        self._listener = listener
        self._distribution = distribution
        self._emulator = emulator
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="forwarder", daemon=True)

    def start(self) -> None:
        """Begins to serve; returns once it does."""
        self._thread.start()
        self._in_thread(self._open())

    def stop(self) -> None:
        """Ends every connection and the thread."""
        self._in_thread(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _in_thread(self, doing: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(doing, self._loop).result(_STARTS_AND_STOPS_WITHIN)

    async def _open(self) -> None:
        # The emulator's answers pass as they are: not unpacked, not followed, no cookie kept.
        self._client = aiohttp.ClientSession(
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_TIMEOUT,
            connector=aiohttp.TCPConnector(limit=64),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._forward)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.SockSite(self._runner, self._listener).start()

    async def _close(self) -> None:
        await self._runner.cleanup()
        await self._client.close()

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        headers = _passed_on(request.headers)
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
            return await _stream(request, answer)


async def _stream(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=_passed_on(answer.headers))
    try:
        await response.prepare(request)
        async for piece in answer.content.iter_any():
            await response.write(piece)
    except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
        _log.info("%s %s ended half-way: %s", request.method, request.path, error)
        # A regular end would make half an answer look like a whole one.
        if request.transport is not None:
            request.transport.abort()
    return response


def _passed_on(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    named: Iterable[str] = (name.strip().lower() for name in headers.get("Connection", "").split(","))
    dropped = _NOT_PASSED_ON.union(named)
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in dropped)
