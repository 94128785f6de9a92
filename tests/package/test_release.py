"""The release tarball: `make distcheck` is content with it, and both compilers build it without a word."""

import pytest
from source import run

pytestmark = pytest.mark.long


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_it_builds_without_a_warning(tarball, workspace, compiler):
    source = workspace / f"with-{compiler}"
    source.mkdir()
    run("tar", "-xf", tarball, "--strip-components=1", "-C", source)
    run("./configure", "--enable-werror", cwd=source, CC=compiler)
    assert "warning" not in run("make", "-j2", cwd=source)
    assert "warning" not in run("make", "-j2", "check", cwd=source)
