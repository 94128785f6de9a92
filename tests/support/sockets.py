"""Connections that do not speak HTTP as they should: bytes by hand, from an address of one's choice."""

import resource
import socket
import struct
import time

from support.parallel import DEADLINE


def connect(stack, source):
    """A connection with nothing sent. Closed it is gone at once: thousands that wait for a minute would leave no port to others."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.settimeout(DEADLINE)
    connection.bind((source, 0))
    connection.connect((stack.host, stack.port))
    return connection


def send(stack, source, text):
    connection = connect(stack, source)
    connection.sendall(text.encode())
    return connection


def answer(connection):
    """All that comes until the server closes or resets the connection; what was written for it may be gone then."""
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    return received.decode("latin-1")


def status(text):
    """The status of an answer as it came; None for none."""
    return int(text.split()[1]) if text.startswith("HTTP/") else None


def room(wanted, kept=2000):
    """How many connections this process may open of those that are wanted, as the system's limit allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(wanted, max(hard - kept, 100))


def dribble(connection, text, every, until):
    """Sends a byte every so often, until the other side has enough of it or the time is over; whether it had enough."""
    for byte in text.encode():
        if time.monotonic() > until:
            return False
        try:
            connection.sendall(bytes([byte]))
            connection.settimeout(every)
            if connection.recv(65536) == b"":
                return True
        except TimeoutError:
            continue
        except (BrokenPipeError, ConnectionResetError):
            return True
    return False
