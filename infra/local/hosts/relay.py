"""Passes TCP connections on from the instance to an emulator."""

import asyncio
import contextlib
import socket

from infra.local.ports import LOOPBACK

_PIECE = 64 * 1024


async def relay(listener: socket.socket, port: int) -> asyncio.Server:
    """Joins every connection that `listener` gets to `port` of the real loopback interface."""

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled when the machine stops, which is no mishap.
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.CancelledError):
            onward_reader, onward_writer = await asyncio.open_connection(LOOPBACK, port)
            with contextlib.closing(onward_writer):
                await asyncio.gather(_pump(reader, onward_writer), _pump(onward_reader, writer))

    return await asyncio.start_server(join, sock=listener)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_PIECE):
        writer.write(piece)
        await writer.drain()
    # The other direction may still have something to say.
    writer.write_eof()
