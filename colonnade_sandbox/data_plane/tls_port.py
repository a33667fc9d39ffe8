"""The port of an HTTPS listener, which a client may use for TLS or, by mistake, for plain HTTP.

A TLS server would close the connection of a plain HTTP client without a response. AWS sends an error page, so the first
byte is examined before TLS begins.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable

# RFC 8446, 5.1: the type of the record that begins a handshake.
_TLS_HANDSHAKE = b"\x16"
_FIRST_BYTE_SECONDS = 60
"""The time of a TLS handshake in asyncio."""


class TlsPort:
    """The connections of a listening socket, which it closes at its own end.

    `protocol` makes the protocol of a decrypted connection, and of a plain connection by a client without TLS.
    """

    def __init__(
        self, listening: socket.socket, *, context: ssl.SSLContext, protocol: Callable[[], asyncio.Protocol]
    ) -> None:
        self._listening = listening
        self._listening.setblocking(False)
        self._context = context
        self._protocol = protocol
        self._tasks = {asyncio.create_task(self._accept())}

    def close(self) -> None:
        """Accept no further connections."""
        for task in self._tasks:
            task.cancel()
        self._listening.close()

    async def _accept(self) -> None:
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(self._listening)
            task = asyncio.create_task(self._begin(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _begin(self, connection: socket.socket) -> None:
        with contextlib.ExitStack() as until_begun, contextlib.suppress(OSError, TimeoutError):
            until_begun.callback(connection.close)
            async with asyncio.timeout(_FIRST_BYTE_SECONDS):
                first = await _first_byte(connection)
            until_begun.pop_all()
            await asyncio.get_running_loop().connect_accepted_socket(
                self._protocol, connection, ssl=self._context if first == _TLS_HANDSHAKE else None
            )


async def _first_byte(connection: socket.socket) -> bytes:
    """Return the first byte without taking it; nothing if the client has closed the connection."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(connection, readable.set)
    try:
        await readable.wait()
        return connection.recv(1, socket.MSG_PEEK)
    finally:
        loop.remove_reader(connection)
