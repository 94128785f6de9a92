"""What the release tarball and `make install` hold."""

from source import ROOT, make, tracked_files

# What autoreconf makes, beside the helpers in build-aux/.
MADE = {"Makefile.in", "aclocal.m4", "config.h.in", "configure"}
LEFT_OUT = {".gitignore"}


def files_below(directory):
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_symlink() or not path.is_dir()}


def test_the_tarball_holds_what_the_checkout_holds(workspace):
    make("distdir", f"distdir={workspace / 'distdir'}")
    packed = files_below(workspace / "distdir")
    tracked = set(tracked_files())
    assert sorted(name for name in packed - tracked if name not in MADE and not name.startswith("build-aux/")) == []
    assert sorted(name for name in tracked - packed if name not in LEFT_OUT) == []


def test_what_is_installed(workspace):
    root = workspace / "installed"
    make("install", f"DESTDIR={root}", "prefix=/usr", "sysconfdir=/etc")
    names = files_below(root)
    assert {"usr/bin/bookreqctl", "usr/libexec/bookreq/bookreq.fcgi", "usr/libexec/bookreq/bookreq-ws"} <= names
    data = "usr/share/bookreq/"
    shipped = {data + name for name in tracked_files() if name.startswith(("sql/", "web/", "conf/bookreq.conf", "conf/nginx/", "conf/apache/", "conf/shared-hosting/")) and not name.endswith("module.am")}
    assert {name for name in names if name.startswith((data + "sql/", data + "web/", data + "conf/bookreq.conf", data + "conf/nginx/", data + "conf/apache/", data + "conf/shared-hosting/"))} == shipped
    pages = {f"usr/share/man/man{page.suffix[1:]}/{page.name}" for page in (ROOT / "man").glob("*.[0-9]")}
    assert {name for name in names if "/man/" in name} == pages
    assert "usr/share/bash-completion/completions/bookreqctl" in names
    make("uninstall", f"DESTDIR={root}", "prefix=/usr", "sysconfdir=/etc")
    assert files_below(root) == set()
