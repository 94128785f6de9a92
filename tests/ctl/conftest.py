"""Fixtures of the tests of bookreqctl."""

import shutil
import socket
import tempfile
from pathlib import Path

import pytest
from ctl_support import Ctl, Postgres, Redis


@pytest.fixture(scope="session")
def directory():
    # Not pytest's own: that is closed to other users, and too long a name for a unix socket.
    path = Path(tempfile.mkdtemp(prefix="bookreq-ctl-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def postgres(directory):
    place = directory / "pg"
    place.mkdir(mode=0o755)
    server = Postgres(place)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_server(directory):
    server = Redis(directory)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def empty(postgres):
    """An empty database's name."""
    return postgres.create()


@pytest.fixture(scope="session")
def migrated(postgres):
    """A migrated database's name, to copy from."""
    name = postgres.create()
    Ctl(database_url=postgres.url(name)).done("migrate")
    return name


@pytest.fixture
def database(postgres, migrated):
    """A migrated database's name, without people."""
    return postgres.create(template=migrated)


@pytest.fixture
def ctl(postgres, database):
    return Ctl(database_url=postgres.url(database))


@pytest.fixture
def silent_port():
    """A TCP port that accepts connections and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(16)
        yield server.getsockname()[1]
