"""The release tarball: `make distcheck` is content with it, both compilers build it without a word, and who builds it again gets the same bits."""

import hashlib

import pytest
from source import export, run

pytestmark = pytest.mark.long

PROGRAMS = ["bookreqctl", "bookreq.fcgi", "bookreq-ws"]
# What another machine has otherwise.
ELSEWHERE = {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "HOME": "/nonexistent", "USER": "somebody"}


def unpack(tarball, directory):
    directory.mkdir(parents=True)
    run("tar", "-xf", tarball, "--strip-components=1", "-C", directory)
    return directory


def digests(paths):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_it_builds_without_a_warning(tarball, workspace, compiler):
    source = unpack(tarball, workspace / f"with-{compiler}")
    run("./configure", "--enable-werror", cwd=source, CC=compiler)
    assert "warning" not in run("make", "-j2", cwd=source)
    assert "warning" not in run("make", "-j2", "check", cwd=source)


def test_a_second_build_gives_the_same_programs(tarball, workspace):
    built = []
    for directory, settings in (("first", {}), ("second/time/elsewhere", ELSEWHERE)):
        source = unpack(tarball, workspace / directory)
        run("./configure", cwd=source, **settings)
        run("make", "-j2", cwd=source, **settings)
        built.append(digests(source / name for name in PROGRAMS))
    assert built[0] == built[1]


def test_a_second_build_gives_the_same_package(workspace):
    built = []
    for directory, settings in (("package", {}), ("a/second/package", ELSEWHERE)):
        source = export(workspace / directory / "bookreq")
        run("dpkg-buildpackage", "-us", "-uc", cwd=source, DEB_BUILD_OPTIONS="nocheck", **settings)
        built.append(digests([*source.parent.glob("*.deb"), *source.parent.glob("*.tar.xz")]))
    assert len(built[0]) == 3 and built[0] == built[1]
