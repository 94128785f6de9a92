"""What the release tarball and `make install` hold."""

from source import make, tracked_files

# What autoreconf makes, beside the helpers in build-aux/.
MADE = {"Makefile.in", "aclocal.m4", "config.h.in", "configure"}
# The tests of whole stacks need a checkout, and so does what measures.
LEFT_OUT = ("tests/", "bench/", ".gitignore")


def files_below(directory):
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_symlink() or not path.is_dir()}


def test_the_tarball_holds_what_the_checkout_holds(workspace):
    make("distdir", f"distdir={workspace / 'distdir'}")
    packed = files_below(workspace / "distdir")
    tracked = set(tracked_files())
    assert sorted(name for name in packed - tracked if name not in MADE and not name.startswith("build-aux/")) == []
    assert sorted(name for name in tracked - packed if not name.startswith(LEFT_OUT)) == []
