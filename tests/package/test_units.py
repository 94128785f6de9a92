"""The units of systemd as `make install` leaves them: systemd takes them, and they give the programs little room."""

import re
import shutil

import pytest
from source import BUILD, ROOT, run

UNITS = "usr/lib/systemd/system"
SERVICES = ["bookreq-app@.service", "bookreq-bridge@.service", "bookreq-prune.service", "bookreq-websocketd.service"]
PROGRAMS = {"bookreqctl": "usr/bin", "bookreq.fcgi": "usr/libexec/bookreq", "bookreq-ws": "usr/libexec/bookreq"}
MOST_EXPOSED = 20  # systemd's exposure level of 2.0


@pytest.fixture(scope="module")
def installed(workspace):
    """What a distribution would install; the programs come from the tests' build."""
    tree, root = workspace / "units", workspace / "units-root"
    tree.mkdir()
    run(ROOT / "configure", "--prefix=/usr", "--sysconfdir=/etc", "--libexecdir=/usr/libexec", f"--with-systemdsystemunitdir=/{UNITS}", cwd=tree)
    run("make", "install-data", f"DESTDIR={root}", cwd=tree)
    for name, directory in PROGRAMS.items():
        (root / directory).mkdir(parents=True, exist_ok=True)
        shutil.copy(BUILD / name, root / directory)
    (root / "usr/bin/websocketd").symlink_to("bookreqctl")
    return root


def test_every_unit_is_installed(installed):
    sources = {path.name.removesuffix(".in") for path in (ROOT / "conf/systemd").glob("bookreq*")}
    assert {path.name for path in (installed / UNITS).iterdir()} == sources
    assert not [path for path in (installed / UNITS).iterdir() if re.search(r"@[a-z]+@", path.read_text())]


def test_systemd_takes_them(installed):
    assert run("systemd-analyze", "verify", "--man=no", f"--root={installed}", f"/{UNITS}/bookreq.target") == ""


def test_none_is_left_out_of_the_measure(installed):
    assert sorted(path.name for path in (installed / UNITS).glob("*.service")) == SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_exposure(installed, service):
    report = run("systemd-analyze", "security", "--offline=yes", f"--threshold={MOST_EXPOSED}", "--no-pager", installed / UNITS / service)
    assert "Overall exposure level" in report


def test_users_and_files(installed):
    users = (installed / "usr/lib/sysusers.d/bookreq.conf").read_text()
    services = "".join((installed / UNITS / name).read_text() for name in SERVICES)
    for user in re.findall(r"^User=(\w+)$", services, re.MULTILINE):
        assert f"\nu {user} " in users
    run("systemd-sysusers", f"--root={installed}", "--dry-run", "bookreq.conf")
    (installed / "etc").mkdir(exist_ok=True)
    run("systemd-sysusers", f"--root={installed}", "bookreq.conf")
    run("systemd-tmpfiles", f"--root={installed}", "--create", "bookreq.conf")
    assert {path.name for path in (installed / "run/bookreq").iterdir()} == {"metrics", "bridge.sock.watch", "bridge.sock.watched"}
