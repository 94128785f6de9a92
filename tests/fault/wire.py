"""A WebSocket client of a few lines (RFC 6455) on asyncio: hundreds fit into one thread, and it can end in every way that a network knows."""

import asyncio
import base64
import os
import socket
import struct
from urllib.parse import urlencode

PATH = "/api/book-requests/ws"
SECONDS = 30
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Ended(Exception):
    """The connection is over, in whatever way."""


class Refused(Exception):
    """The handshake was answered with another status than 101."""

    def __init__(self, status):
        super().__init__(f"HTTP {status}")
        self.status = status


def handshake(node, headers, **query):
    """The bytes of an opening handshake."""
    lines = {
        "Host": f"{node.host}:{node.port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        **headers,
    }
    target = PATH + ("?" + urlencode(query) if query else "")
    return (f"GET {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n").encode()


async def dial(node, receive_bytes=None):
    """A TCP connection to the node's web server: (reader, writer)."""
    plain = socket.socket()
    plain.setblocking(False)
    try:
        if receive_bytes is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        await asyncio.wait_for(asyncio.get_running_loop().sock_connect(plain, (node.host, node.port)), SECONDS)
        return await asyncio.open_connection(sock=plain, limit=65536)
    except BaseException:
        plain.close()
        raise


class Wire:
    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, node, headers, receive_bytes=None, **query):
        """Raises Refused, Ended or OSError."""
        reader, writer = await dial(node, receive_bytes)
        wire = cls(reader, writer)
        try:
            writer.write(handshake(node, headers, **query))
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SECONDS)
            status = int(head.split(b" ", 2)[1])
            if status != 101:
                raise Refused(status)
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError) as error:
            wire.cut()
            raise Ended from error
        except BaseException:
            wire.cut()
            raise
        return wire

    async def _frame(self):
        first, second = await self.reader.readexactly(2)
        length = second & 127
        if length == 126:
            (length,) = struct.unpack(">H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", await self.reader.readexactly(8))
        return first >> 7, first & 15, await self.reader.readexactly(length)

    async def message(self):
        """The next message as text, its fragments joined. Raises Ended."""
        whole = b""
        try:
            while True:
                final, kind, data = await self._frame()
                if kind == CLOSE:
                    raise Ended
                if kind == PING:
                    self._send(PONG, data)
                elif kind != PONG:
                    whole += data
                    if final:
                        return whole.decode()
        except (asyncio.IncompleteReadError, OSError) as error:
            raise Ended from error

    def _send(self, kind, data):
        mask = os.urandom(4)
        length = bytes([128 | len(data)]) if len(data) < 126 else bytes([128 | 126]) + struct.pack(">H", len(data))
        self.writer.write(bytes([128 | kind]) + length + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))

    def send(self, text):
        self._send(TEXT, text.encode())

    async def close(self):
        """As browsers do: a close frame, then to the end."""
        self._send(CLOSE, struct.pack(">H", 1000))
        await self.end()

    async def half_close(self):
        """No more will be sent; still reading, to the end."""
        self.writer.write_eof()
        await self.end()

    async def end(self):
        """Reads until the other side ends."""
        try:
            while await asyncio.wait_for(self.reader.read(65536), SECONDS):
                pass
        except ConnectionError:
            pass
        self.cut()

    def cut(self):
        """As a lost network does: no close frame, and a reset for whatever comes."""
        self.writer.transport.abort()
