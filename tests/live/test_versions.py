"""A bridge of another version than the workers': it is told to go, so that its client comes back to a bridge of theirs."""

import json
import socket
import struct

import pytest


def ask(stack, uri, version):
    """A bridge's question to the workers, in FastCGI; the answer's status and body."""

    def record(kind, content):
        return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content

    def pair(name, value):
        return bytes([len(name), len(value)]) + name.encode() + value.encode()

    params = {"REQUEST_METHOD": "GET", "REQUEST_URI": uri, "BOOKREQ_BRIDGE": version, "HTTP_AUTHORIZATION": "Bearer none", "SERVER_NAME": "localhost"}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(stack.unix_socket("bridge.sock")))
        text = b"".join(pair(*item) for item in params.items())
        connection.sendall(record(1, struct.pack(">HBxxxxx", 1, 0)) + record(4, text) + record(4, b"") + record(5, b""))
        stream, out, kind = connection.makefile("rb"), b"", None
        while kind != 3:
            _, kind, _, length, padding, _ = struct.unpack(">BBHHBB", stream.read(8))
            content = stream.read(length + padding)[:length]
            out += content if kind == 6 else b""
    head, _, body = out.decode().partition("\r\n\r\n")
    status = next(line.split()[1] for line in head.split("\r\n") if line.startswith("Status:"))
    return int(status), json.loads(body)


@pytest.mark.parametrize("uri, version", [("/bridge/open?user_id=1", "2"), ("/bridge/fetch?cursor=ab-1-1-1", "10"), ("/bridge/news", "1"), ("/bridge/open?user_id=1", "x")])
def test_another_version_is_told_to_go(stack, uri, version):
    status, frame = ask(stack, uri, version)
    assert status == 410 and frame["type"] == "error" and frame["code"] == "going_away"
    assert 100 <= frame["retry_ms"] <= 2000


def test_this_version_is_asked_who_it_is(stack):
    status, frame = ask(stack, "/bridge/open?user_id=1", "1")
    assert status == 401 and frame["code"] == "unauthenticated" and frame["retry_ms"] is None
