"""A worker finds the server that serves: behind one that says nothing, and away from one that is read-only."""

import socket
from contextlib import closing
from urllib.parse import quote

import pytest

from oracle import Store
from support.checks import API, check_problem
from support.people import Tenant, unique

OFTEN = 12  # with four workers each is asked


@pytest.fixture(scope="module")
def mute():
    """A port where connections begin and nobody ever answers, as on a machine that has just lost its power."""
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen(100)
        yield server.getsockname()[1]


def test_a_server_that_says_nothing_is_passed_by(stack, mute, start_stack):
    directory = stack.unix_socket(".s.PGSQL.5432").parent
    url = f"postgresql://bookreq_app@127.0.0.1:{mute},{quote(str(directory), safe='')}/bookreq?target_session_attrs=read-write"
    shared = {"BOOKREQ_DATABASE_URL": f"postgresql://bookreq_owner@/bookreq?host={directory}", "BOOKREQ_REDIS_URL": ""}
    with start_stack(**shared, BOOKREQ_APP_DATABASE_URL=url) as second:
        tenant = Tenant(second)
        for _ in range(OFTEN):
            assert tenant.creator.api.get(API + "/quota").status == 200


@pytest.fixture
def read_only(stack):
    """The workers' sessions may only read from here on; a function that lets new sessions write again."""
    store = Store(stack)
    store.execute("ALTER ROLE bookreq_app SET default_transaction_read_only = on")
    store.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bookreq_app'")

    def end():
        store.execute("ALTER ROLE bookreq_app RESET default_transaction_read_only")

    yield end
    end()


def test_a_read_only_server_is_unavailable_and_left(read_only, tenant, subscriber):
    """The sessions that could only read never become others by themselves: who kept them would be refused for ever."""
    for _ in range(OFTEN):
        answer = subscriber.api.post(API + "/", {"title": unique("Book"), "author": "A"})
        check_problem(answer, 503, "unavailable")
    read_only()
    for _ in range(OFTEN):
        subscriber.create()
