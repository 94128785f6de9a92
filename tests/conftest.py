"""Fixtures of all suites that need a running stack. With pytest-xdist every worker has a stack of its own, so at most two workers."""

import signal
from contextlib import contextmanager

import pytest

from support.people import Tenant
from support.stack import Stack

MAX_STACKS = 2


def pytest_configure(config):
    if (getattr(config.option, "numprocesses", None) or 1) > MAX_STACKS:
        raise pytest.UsageError(f"each worker starts a whole stack: use at most -n {MAX_STACKS}")
    config.addinivalue_line("markers", "long: takes very long; run by ./dev test --all only")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # who ends the tests ends their stacks too


@contextmanager
def running(session, **settings):
    """A stack with these settings of bookreq.conf; its logs are kept when a test failed."""
    stack = Stack(**settings)
    try:
        stack.up()
        yield stack
    finally:
        stack.down(keep=session.testsfailed > 0)
        if session.testsfailed > 0:
            print(f"\nlogs of the failed run: {stack.var}")


@pytest.fixture(scope="session")
def start_stack(request):
    """For tests that need a stack of their own: `with start_stack(NAME="value") as stack`."""
    return lambda **settings: running(request.session, **settings)


@pytest.fixture(scope="session")
def stack(start_stack):
    with start_stack() as stack:
        yield stack


@pytest.fixture(scope="session")
def second_tenant(stack):
    """Another creator, whose users nobody else may see; tests only read from it or add to it."""
    return Tenant(stack)


@pytest.fixture(scope="module")
def tenant(stack):
    """A creator that the tests of one file share: for what concerns one user or one request only."""
    return Tenant(stack)


@pytest.fixture(scope="module")
def team(tenant):
    return tenant.team_member()


@pytest.fixture
def subscriber(tenant):
    """A subscriber that only this test uses."""
    return tenant.subscriber()


@pytest.fixture
def own_tenant(stack):
    """A creator that only this test uses: for what concerns all of a creator's requests."""
    return Tenant(stack)
