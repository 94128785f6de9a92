"""
docs/install-debian.md followed literally on a fresh Debian 12 under systemd, then an upgrade under load, removal and purge. The tests are
the stations of one journey, in this order.
"""

import json
import re
from pathlib import Path

import pytest
from machine import Machine
from source import ROOT, export
from support.parallel import eventually

pytestmark = pytest.mark.long

NAME = "books.example.org"
FETCHED = ["postgresql", "redis-server", "nginx", "websocketd", "libjs-bootstrap5", "build-essential", "curl", "python3-websocket", "lintian"]
SERVICES = [*(f"bookreq-app@{n}" for n in range(1, 9)), "bookreq-bridge@1", "bookreq-bridge@2", "bookreq-websocketd"]
CTL = ("runuser", "-u", "bookreq_owner", "--", "bookreqctl")
# A second PostgreSQL, on an address of its own, that lets nobody in without a password.
ELSEWHERE = """
echo '127.0.0.2 db.example.org' >>/etc/hosts
pg_createcluster 15 elsewhere --port 5432 --socketdir /run/elsewhere -o listen_addresses=db.example.org
systemctl stop postgresql@15-main
systemctl start postgresql@15-elsewhere
"""
MIGRATION = "CREATE TABLE bookreq.of_the_next_version (id bigint PRIMARY KEY);\n"


def guide():
    """The shell blocks of each section, by its heading."""
    parts = re.split(r"^## (.*)$", (ROOT / "docs/install-debian.md").read_text(), flags=re.MULTILINE)
    return {heading: re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL) for heading, text in zip(parts[1::2], parts[2::2])}


def files(machine):
    """All files of the installed system but those of running programs and of logs."""
    left_out = "/proc /sys /dev /run /tmp /root /var/log /var/lib/postgresql /var/lib/redis /var/lib/apt /var/lib/dpkg /var/cache"
    prune = " -o ".join(f"-path {path}" for path in left_out.split())
    return set(machine.shell(f"find / -xdev \\( {prune} \\) -prune -o -print").splitlines())


def follow(machine, heading, directory="/root/bookreq"):
    """Runs a section's blocks."""
    return [machine.shell("shopt -s expand_aliases\n" + block, directory) for block in guide()[heading]]


def running(machine):
    return machine.answer("systemctl", "is-active", *SERVICES).split() == ["active"] * len(SERVICES)


@pytest.fixture(scope="module")
def machine(workspace):
    machine = Machine(workspace / "machine", NAME)
    try:
        machine.fill(*FETCHED)
        machine.start()
        machine.run("apt-get", "install", "curl", "python3-websocket")
        yield machine
    finally:
        machine.stop()


@pytest.fixture(scope="module")
def built(machine):
    follow(machine, "The package")
    return machine


@pytest.fixture(scope="module")
def before(built):
    """The system with everything that bookreq needs, and without it."""
    depends = built.shell("dpkg-deb -f bookreq_*.deb Depends")
    names = [part.split("|")[0].split("(")[0].strip() for part in depends.split(",")]
    output = built.run("apt-get", "install", *names, "postgresql", "redis-server", "nginx")
    built.run("systemctl", "start", "postgresql")
    assert "online" in built.run("pg_lsclusters"), output
    return files(built)


@pytest.fixture(scope="module")
def installed(built, before):
    follow(built, "Two commands")
    follow(built, "The first people")
    return built


def test_lintian_has_nothing_to_say(built):
    built.run("apt-get", "install", "lintian")
    assert built.shell("lintian --allow-root --fail-on none bookreq_*.changes") == ""


def test_it_runs(installed):
    assert running(installed)
    assert installed.run("systemctl", "--failed", "--no-legend") == ""
    assert json.loads(installed.run("curl", "-s", f"http://{NAME}/readyz")) == {"database": "ok", "redis": "ok", "mode": "live"}


def test_a_worker_watches_redis(installed):
    """Its sandbox lets it: the FIFO of lib/watch.h is open, while there is no bridge that could have it open."""
    opened = lambda: installed.answer("sh", "-c", "readlink /proc/[0-9]*/fd/*").split()
    eventually(lambda: "/run/bookreq/bridge.sock.watch" in opened(), "a worker has it open")


def test_a_request_is_seen_live(installed):
    assert "was seen live" in installed.run("/root/bookreq/debian/tests/smoke")


def test_everybody_can_log_in(installed):
    login = "curl -s --fail -d username=ben -d 'password=another long password' http://books.example.org/api/auth/login"
    assert json.loads(installed.shell(login))["user"]["username"] == "ben"


def test_the_pages_are_there(installed):
    page = installed.run("curl", "-s", "--fail", f"http://{NAME}/")
    for path in re.findall(r'(?:href|src)="(/[^"]+)"', page):
        installed.run("curl", "-s", "--fail", "-o", "/dev/null", f"http://{NAME}{path}")


def test_setting_up_again_changes_nothing(installed):
    listing = "ls -l --time-style=full-iso /etc/nginx /etc/nginx/* /etc/bookreq"
    before = installed.shell(listing)
    installed.run("bookreq-setup", NAME)
    assert installed.shell(listing) == before


def test_setting_up_again_mends_what_failed(installed):
    installed.shell("rm /etc/nginx/sites-*/bookreq && systemctl restart nginx && echo nonsense >/etc/nginx/conf.d/broken.conf")
    installed.answer("bookreq-setup", NAME)
    assert installed.code == 1
    installed.run("rm", "/etc/nginx/conf.d/broken.conf")
    installed.run("bookreq-setup", NAME)
    installed.run("curl", "-s", "--fail", f"http://{NAME}/readyz")


@pytest.mark.parametrize("arguments, code", [(("one", "two"), 2), (("a;b",), 1), (("--help",), 0)])
def test_setups_usage(installed, arguments, code):
    installed.answer("bookreq-setup", *arguments)
    assert installed.code == code


def test_nothing_but_the_owner_may_use_the_tables(installed):
    for user in ("bookreq_app", "bookreq_ws", "nobody"):
        installed.answer("runuser", "-u", user, "--", "bookreqctl", "user", "list", "--creator", "anna")
        assert installed.code == 1


def main_processes(machine):
    """Of one unit of each kind; "0" is none."""
    return machine.run("systemctl", "show", "-P", "MainPID", "bookreq-app@1", "bookreq-bridge@1", "bookreq-websocketd").split()


def test_a_killed_program_comes_back_however_often(installed):
    for _ in range(10):
        killed = main_processes(installed)
        installed.shell("kill -KILL " + " ".join(killed))
        eventually(lambda: not {"0", *killed} & set(main_processes(installed)), "they are there again")
    assert running(installed)
    assert int(installed.run("systemctl", "show", "-P", "NRestarts", "bookreq-app@1")) >= 10
    assert "was seen live" in installed.run("/root/bookreq/debian/tests/smoke")


def test_upkeep(installed):
    installed.run("systemctl", "start", "bookreq-prune.service")
    assert "bookreq-prune.timer" in installed.run("systemctl", "list-timers", "--no-pager")
    installed.run(*CTL, "doctor")


def test_the_guides_other_commands(installed):
    restart, more = guide()["What runs"]
    installed.shell(restart)
    installed.shell(more)
    assert installed.answer("systemctl", "is-active", "bookreq-app@9", "bookreq-app@8").split() == ["active", "inactive"]
    follow(installed, "Settings")
    installed.shell(restart)
    assert "was seen live" in installed.run("/root/bookreq/debian/tests/smoke")
    installed.shell("systemctl unmask bookreq-app@8; systemctl start bookreq-app@8; systemctl stop bookreq-app@9; rm -r /etc/systemd/system/bookreq.target.wants; systemctl daemon-reload")
    assert running(installed)


@pytest.fixture(scope="module")
def next_version(installed):
    """A later package, with one migration more; in /root/next."""
    tree = export(installed.root / "root/next/bookreq")
    (tree / "sql/migrations/9001_next.sql").write_text(MIGRATION)
    module = tree / "sql/module.am"
    module.write_text(module.read_text().replace("sql/roles.sql", "sql/migrations/9001_next.sql \\\n\tsql/roles.sql"))
    log = tree / "debian/changelog"
    log.write_text(log.read_text().replace("bookreq (0.1.0)", "bookreq (0.1.0+next)", 1))
    installed.shell("DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage -us -uc -b", "/root/next/bookreq")
    return Path("/root/next")


@pytest.fixture
def traffic(installed):
    """Requests and an open WebSocket; call it to end them and get what they saw."""
    (installed.root / "root/traffic.py").write_text((ROOT / "tests/package/traffic.py").read_text())
    installed.run(*CTL, "user", "set", "ben", "--allowance", "100000")
    pipe = installed.popen("python3", "/root/traffic.py", "anna", "ben", stdin=-1, stdout=-1)
    assert pipe.stdout.readline() == "going\n"
    yield lambda: json.loads(pipe.communicate("", timeout=60)[0].splitlines()[-1])
    pipe.kill()
    pipe.wait()


def test_a_rolling_restart_refuses_nobody(installed, traffic):
    for _ in range(3):
        installed.shell(guide()["What runs"][0])
    result = traffic()
    assert result["failed"] == [] and result["in_order"] and result["made"] > 5


def test_upgrade(installed, next_version, traffic):
    bridges = installed.run("systemctl", "show", "-P", "MainPID", "bookreq-websocketd")
    workers = installed.run("systemctl", "show", "-P", "MainPID", "bookreq-app@1")
    follow(installed, "The next version", next_version)
    result = traffic()
    assert result["failed"] == [] and result["in_order"] and result["made"] > 5
    assert json.loads(installed.run(*CTL, "--json", "migrate")) == {"schema_version": 9001, "applied": 0, "changed": False}
    assert running(installed)
    assert installed.run("systemctl", "show", "-P", "MainPID", "bookreq-websocketd") == bridges
    assert installed.run("systemctl", "show", "-P", "MainPID", "bookreq-app@1") != workers


def test_an_upgrade_without_the_database_goes_through(installed, next_version):
    installed.run("systemctl", "stop", "postgresql")
    output = installed.shell("apt-get install --reinstall ./bookreq_*.deb", next_version)
    assert "later: runuser -u bookreq_owner -- bookreqctl migrate" in output
    installed.run("systemctl", "start", "postgresql")
    assert "was seen live" in installed.run("/root/bookreq/debian/tests/smoke")


def test_an_upgrade_leaves_another_database_alone(installed, next_version):
    conf = installed.root / "etc/bookreq/bookreq.conf"
    text = conf.read_text()
    conf.write_text(text + "database_url = postgresql://nobody@127.0.0.1:1/none\n")
    output = installed.shell("apt-get install --reinstall ./bookreq_*.deb", next_version)
    conf.write_text(text)
    assert "database_url is set" in output
    installed.shell(guide()["What runs"][0])
    assert "was seen live" in installed.run("/root/bookreq/debian/tests/smoke")


def test_remove_and_purge_leave_nothing(installed, before):
    installed.run("apt-get", "remove", "bookreq")
    assert installed.answer("systemctl", "is-active", *SERVICES).split() == ["inactive"] * len(SERVICES)
    assert "/etc/bookreq/bookreq.conf" in files(installed)
    installed.run("apt-get", "purge", "bookreq")
    assert sorted(files(installed) - before) == []
    assert "bookreq" not in installed.shell("cat /etc/passwd /etc/group /etc/shadow; systemctl list-units --all 'bookreq*' --no-legend; ls /run")
    assert installed.run("systemctl", "--failed", "--no-legend") == ""
    installed.run("nginx", "-t")
    assert "bookreq" in installed.shell("runuser -u postgres -- psql -Atl")


def test_the_data_are_there_after_another_installation(installed):
    installed.shell("apt-get install ./bookreq_*.deb && bookreq-setup books.example.org", "/root/next")
    assert "ben" in installed.run(*CTL, "user", "list", "--creator", "anna")
    assert "was seen live" in installed.run("/root/bookreq/debian/tests/smoke")


def test_a_database_elsewhere(installed):
    there, *here = guide()["A database elsewhere"]
    installed.shell(ELSEWHERE)
    installed.run("runuser", "-u", "postgres", "--", "sh", "-ec", "export PGHOST=/run/elsewhere; cd /usr/share/bookreq/sql\n" + there)
    for block in here:
        installed.shell(block)
    with_password = "export PGPASSFILE=/etc/bookreq/bookreq_owner.pgpass\n"
    assert "was seen live" in installed.shell(with_password + "/root/bookreq/debian/tests/smoke")
    installed.shell(with_password + "runuser -u bookreq_owner -- bookreqctl doctor; systemctl start bookreq-prune")
    for user in ("bookreq_app", "bookreq_owner"):
        assert "no password supplied" in installed.answer("runuser", "-u", user, "--", "psql", "-w", "postgresql://db.example.org/bookreq")
