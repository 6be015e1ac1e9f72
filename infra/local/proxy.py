"""What the proxies of the local cloud share: a server in a thread of its own, and a client for what is behind it."""

import asyncio
import logging
import socket
import threading
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

# RFC 9110, section 7.6.1: these speak of one connection only and end here. aiohttp answers Expect by itself.
_NOT_PASSED_ON = frozenset(
    ("connection", "expect", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
)

# A request may take as long as API Gateway allows: 30 s (its integration timeout), and a little for the way.
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=35)

# Binding and closing sockets takes no time; the bound, in seconds, only keeps a fault from hanging the launcher.
_STARTS_AND_STOPS_WITHIN = 10

# What is read whole before it is passed on; RunInstances with its 16 KB of user data is the longest.
_LARGEST_BODY = 1024 * 1024

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Proxy:
    """Serves a listening socket in a thread of its own; a subclass says how a request is answered."""

    def __init__(self, name: str, listener: socket.socket) -> None:
        self._listener = listener
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)

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

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        raise NotImplementedError

    def _in_thread(self, doing: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(_STARTS_AND_STOPS_WITHIN)

    async def _open(self) -> None:
        # The answers pass as they are: not unpacked, not followed, no cookie kept.
        self._client = aiohttp.ClientSession(
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_TIMEOUT,
            connector=aiohttp.TCPConnector(limit=64),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )
        application = web.Application(client_max_size=_LARGEST_BODY)
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.SockSite(self._runner, self._listener).start()

    async def _close(self) -> None:
        await self._runner.cleanup()
        await self._client.close()


def passed_on(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """The headers that are meant for who is behind a proxy."""
    named: Iterable[str] = (name.strip().lower() for name in headers.get("Connection", "").split(","))
    dropped = _NOT_PASSED_ON.union(named)
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in dropped)


async def stream(request: web.BaseRequest, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    """Answers with what another server answers, piece by piece."""
    response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=passed_on(answer.headers))
    try:
        await response.prepare(request)
        async for piece in answer.content.iter_any():
            await response.write(piece)
    except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
        _log.info("%s %s ended half-way: %s", request.method, request.path, error)
        # A regular end would make half an answer look like a whole one.
        cut(request)
    return response


def cut(request: web.BaseRequest) -> web.Response:
    """Closes a connection without an answer, or in the middle of one. What it returns goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
