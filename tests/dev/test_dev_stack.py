"""The stack in the background: up, down, status, logs, ctl."""

import json
import os
import re
import signal
from pathlib import Path

import psycopg2
import pytest
import requests
from dev_support import program_of, wait_until
from support.processes import processes_of

PROGRAMS = {"postgres", "redis-server", "bookreq.fcgi", "websocketd", "nginx"}
SERVICES = ["postgres", "redis", "workers", "bridges", "websocketd", "nginx"]


def listening_addresses(processes):
    """The local addresses of the TCP sockets that these processes listen on, from /proc/net/tcp and tcp6."""
    inodes = set()
    for process in processes:
        for entry in Path(f"/proc/{process.pid}/fd").glob("*"):
            target = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(entry))
            if target:
                inodes.add(target[1])
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {row[1] for row in rows if row[3] == "0A" and row[9] in inodes}


def test_up_is_ready_and_status_says_so(shared):
    assert shared.get("/readyz").json() == {"database": "ok", "redis": "ok", "mode": "live"}
    lines = shared.done("status").splitlines()
    assert [line.split()[::2] for line in lines[1:7]] == [[service, "running"] for service in SERVICES]


def test_second_up_changes_nothing(shared):
    before = {p.pid for p in processes_of(shared.var)}
    assert f"Already running at {shared.origin}" in shared.up()
    assert {p.pid for p in processes_of(shared.var)} == before


def test_only_loopback_is_listened_on(shared):
    addresses = listening_addresses(processes_of(shared.var))
    assert len(addresses) == 2 and all(address.startswith("0100007F:") for address in addresses)


def test_nothing_runs_as_root(shared):
    processes = processes_of(shared.var)
    assert {program_of(p) for p in processes} >= PROGRAMS
    assert all(os.stat(f"/proc/{p.pid}").st_uid != 0 for p in processes)


def test_ctl_is_the_program(shared):
    assert shared.done("ctl", "creator", "add", "ada", "--email", "ada@example.org").strip().isdigit()
    assert json.loads(shared.done("ctl", "--json", "user", "list", "--creator", "ada"))["users"][0]["username"] == "ada"
    assert shared.run("ctl", "user", "list", "--creator", "nobody").returncode == 1
    assert shared.run("ctl", "no", "such", "command").returncode == 2


def test_logs(shared):
    assert "==> " in shared.done("logs")
    assert "database system is ready" in shared.done("logs", "postgres")
    assert "no log of nothing" in shared.run("logs", "nothing").stderr


def test_pages_and_their_headers(shared):
    page = shared.get("/")
    assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"] and "unsafe" not in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff" and "ETag" in page.headers
    assert shared.get("/nothing").status_code == 404


def test_the_handshakes_location_is_internal(shared):
    assert shared.get("/bookreq-handshake").status_code == 404


def test_a_killed_worker_is_replaced_however_often(shared):
    for _ in range(5):
        for process in shared.processes("bookreq.fcgi"):
            process.kill()
        wait_until(lambda: shared.ready() and len(shared.processes("bookreq.fcgi")) == 4)


def test_a_killed_websocketd_is_replaced_at_its_port(shared):
    port = (shared.var / "run" / "websocketd.port").read_text().strip()
    for _ in range(5):
        old = {p.pid for p in shared.processes("websocketd")}
        for process in shared.processes("websocketd"):
            process.kill()
        new = wait_until(lambda: [p for p in shared.processes("websocketd") if p.pid not in old])
        assert f"--port={port}" in new[0].argv


def test_settings_reach_every_program(make_dev):
    dev = make_dev(BOOKREQ_MAX_SOCKETS_PER_USER="321")
    dev.up()
    for program in ("bookreq.fcgi", "websocketd"):
        environment = Path(f"/proc/{dev.processes(program)[0].pid}/environ").read_bytes()
        arguments = " ".join(dev.processes(program)[0].argv)
        assert b"BOOKREQ_MAX_SOCKETS_PER_USER=321" in environment or "BOOKREQ_MAX_SOCKETS_PER_USER" in arguments


def test_behind_apache(make_dev):
    dev = make_dev(BOOKREQ_SERVER="apache")
    dev.up()
    processes = processes_of(dev.var)
    programs = {program_of(p) for p in processes}
    assert "apache2" in programs and "nginx" not in programs
    assert all(os.stat(f"/proc/{p.pid}").st_uid != 0 for p in processes)
    addresses = listening_addresses(processes)
    assert len(addresses) == 2 and all(address.startswith("0100007F:") for address in addresses)
    assert [line.split()[::2] for line in dev.done("status").splitlines()[6:7]] == [["apache", "running"]]
    os.kill(dev.leader("apache"), signal.SIGKILL)
    wait_until(lambda: dev.run("status").returncode != 0)
    assert "Ready" in dev.up()
    del dev.environment["BOOKREQ_SERVER"]
    dev.done("down")
    assert processes_of(dev.var) == []


def test_data_survives_down_and_up(dev):
    dev.up()
    dev.done("ctl", "creator", "add", "ada", "--email", "ada@example.org")
    dev.done("down")
    assert processes_of(dev.var) == []
    assert not dev.ready()
    dev.up()
    assert "ada" in dev.done("ctl", "user", "list", "--creator", "ada")


def test_up_after_everything_was_killed(dev):
    dev.up()
    for process in processes_of(dev.var):
        process.kill()
    wait_until(lambda: processes_of(dev.var) == [])
    assert dev.run("status").returncode == 1
    assert "Ready" in dev.up()


def test_down_ends_what_lost_its_supervisor(dev):
    dev.up()
    for service in SERVICES:
        os.kill(dev.leader(service), signal.SIGKILL)
    wait_until(lambda: dev.run("status").returncode == 1)
    assert {program_of(p) for p in processes_of(dev.var)} >= PROGRAMS - {"nginx"}
    assert dev.ready()
    dev.done("down")
    assert processes_of(dev.var) == []
    with pytest.raises(requests.ConnectionError):
        dev.get("/readyz")


@pytest.mark.parametrize("name", ["a" * 120, "ä space;semicolon'quote&"])
def test_directories_of_every_name(make_dev, name):
    dev = make_dev(name)
    dev.up()
    assert dev.get("/readyz").json()["mode"] == "live"
    short = (dev.var / "run" / "sockets").read_text().strip()
    dev.done("down")
    assert not os.path.lexists(short)


def test_an_empty_database_of_another_server(make_dev, shared):
    """Of a role that may do no more than create in it."""
    run = shared.var / "run"
    connection = psycopg2.connect(host=str(run), user="postgres")
    connection.autocommit = True
    for statement in ("CREATE ROLE plain LOGIN", "CREATE DATABASE books OWNER plain"):
        connection.cursor().execute(statement)
    connection.close()
    dev = make_dev(BOOKREQ_DATABASE_URL=f"postgresql://plain@/books?host={run}")
    dev.up()
    assert dev.processes("postgres") == [] and dev.run("ctl", "doctor").returncode == 0
    assert dev.done("ctl", "creator", "add", "ada", "--email", "ada@example.org").strip() == "1"
    dev.done("down")


def test_two_nodes_of_one_system(make_dev):
    first = make_dev("first")
    first.up()
    first.done("ctl", "creator", "add", "ada", "--email", "ada@example.org")
    run = first.var / "run"
    second = make_dev("second", BOOKREQ_DATABASE_URL=f"postgresql://bookreq_owner@/bookreq?host={run}", BOOKREQ_REDIS_URL=f"unix://{run}/redis.sock")
    second.up()
    assert second.processes("postgres") == [] and second.processes("redis-server") == []
    assert "ada" in second.done("ctl", "user", "list", "--creator", "ada")
    token = second.done("ctl", "token", "add", "ada").strip()
    for node in (first, second):
        answer = requests.get(node.origin + "/api/auth/me", headers={"Authorization": f"Bearer {token}"}, timeout=10)
        assert answer.json()["user"]["username"] == "ada"
    second.done("down")
    assert first.ready()
