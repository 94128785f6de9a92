"""A stack that is built with fault points, and seeds: BOOKREQ_SEED gives the first of a run, else each is a new one."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from followers import Watch
from play import seed_number
from support.stack import ROOT

SOCKETS_PER_USER = "2000"


@pytest.fixture(scope="session")
def fault_settings():
    # Not pytest's own temporary directory: the stack's user may not enter that.
    directory = Path(tempfile.mkdtemp(prefix="bookreq-fault-", dir="/tmp"))
    directory.chmod(0o777)
    build = "build-fault-san" if os.environ.get("BOOKREQ_SANITIZE") == "1" else "build-fault"
    yield {"BOOKREQ_FAULT": "1", "BOOKREQ_BUILD": str(ROOT / build), "BOOKREQ_FAULT_DIR": str(directory), "BOOKREQ_MAX_SOCKETS_PER_USER": SOCKETS_PER_USER}
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def stack(start_stack, fault_settings):
    with start_stack(**fault_settings) as stack:
        yield stack


@pytest.fixture
def seed():
    return seed_number(0)


@pytest.fixture
def watch():
    """For tests whose people do nothing by themselves."""
    watch = Watch()
    yield watch
    watch.close()
