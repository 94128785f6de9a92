"""Servers of several machines, and the tools of tests/fault: plays, followers, the oracle."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "fault"))

from play import seed_number  # noqa: E402
from servers import Machines  # noqa: E402


@pytest.fixture(scope="module")
def machines(request):
    machines = Machines()
    failed = request.session.testsfailed
    yield machines
    machines.end(keep=request.session.testsfailed > failed)


@pytest.fixture
def seed():
    return seed_number(0)
