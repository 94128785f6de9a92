"""Sockets that are closed when their test ends."""

import pytest

from support.live import Live


@pytest.fixture
def connect():
    """Opens a user's socket."""
    opened = []

    def connect(user, cursor=None, **options):
        opened.append(Live(user, cursor, **options))
        return opened[-1]

    yield connect
    for socket in opened:
        socket.close()
