"""The release: its source, its tarball."""

import shutil
import tempfile
from pathlib import Path

import pytest
from source import export, run


@pytest.fixture(scope="session")
def workspace():
    """A directory that every user may enter, removed at the end."""
    path = Path(tempfile.mkdtemp(prefix="bookreq-package-", dir="/var/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def tarball(workspace):
    """The release tarball, checked by `make distcheck`: it builds, passes its tests and installs from a read-only source directory."""
    source = export(workspace / "dist")
    run("autoreconf", "-i", cwd=source)
    run("./configure", cwd=source)
    run("make", "-j2", "distcheck", "DISTCHECK_CONFIGURE_FLAGS=--enable-werror", cwd=source)
    (path,) = source.glob("bookreq-*.tar.xz")
    return path
