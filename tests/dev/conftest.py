"""Stacks that each test starts and stops by itself, in directories of every kind."""

import shutil
import tempfile
from pathlib import Path

import pytest
from dev_support import Dev
from support.processes import processes_of


@pytest.fixture
def directory():
    """A directory for state that only its owner may enter."""
    path = Path(tempfile.mkdtemp(prefix="bookreq-dev-", dir="/tmp"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def make_dev(directory):
    """make_dev(name, settings…): ./dev with a state directory of its own, nothing of which runs when the test is over."""
    made = []

    def make(name="var", **settings):
        made.append(Dev(directory / name, **settings))
        return made[-1]

    yield make
    for dev in made:
        dev.run("down")
        assert processes_of(dev.var) == []


@pytest.fixture
def dev(make_dev):
    return make_dev()


@pytest.fixture(scope="module")
def shared():
    """A running stack for the tests that leave it as it was."""
    path = Path(tempfile.mkdtemp(prefix="bookreq-dev-", dir="/tmp"))
    dev = Dev(path / "var")
    try:
        dev.up()
        yield dev
    finally:
        dev.run("down")
        assert processes_of(dev.var) == []
        shutil.rmtree(path)
