"""bookreqctl tail, on a worker that listens for bridges and without Redis: the bridge polls."""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess

import pytest
from ctl_support import APP_ROLE, PROGRAM, SECONDS

POLL_MS = 100


@pytest.fixture
def worker(ctl, postgres, database, directory):
    """A worker on the bridges' socket; ctl knows it."""
    path = directory / f"bridge-{database}.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(8)
        ctl.set(bridge_socket=path, poll_ms=POLL_MS, redis_url="")
        environment = dict(ctl.environment, BOOKREQ_DATABASE_URL=postgres.url(database, APP_ROLE))
        process = subprocess.Popen([PROGRAM.parent / "bookreq.fcgi"], stdin=listener, env=environment, cwd="/")
        yield process
        process.terminate()
        process.wait(SECONDS)


@pytest.fixture
def people(ctl):
    ada = ctl.json("creator", "add", "ada", "--email", "ada@example.org")["id"]
    ctl.done("tier", "set", "Gold", "--creator", "ada", "--requests", "5", "--chapters", "20")
    return ada, ctl.json("user", "add", "ben", "--creator", "ada", "--tier", "Gold")["id"]


@pytest.fixture
def tail(ctl, worker, people):
    process = ctl.start("tail", "ben")
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=SECONDS)


def frame(process):
    line = process.stdout.readline()
    assert line.endswith(b"\n"), (line, process.stderr.read())
    return json.loads(line)


def ask(postgres, database, token):
    creator = int(token.split(".")[0])
    digest = hashlib.sha256(token.encode()).digest()
    sql = "SELECT status FROM bookreq_api.create_request(%s, %s, NULL, 'any', NULL, NULL, 'Title', 'Author', NULL, NULL, NULL)"
    assert postgres.query(database, sql, creator, digest) == [(201,)]


def sessions(postgres, database):
    return postgres.query(database, "SELECT count(*) FROM bookreq.sessions")[0][0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["interrupt", "terminate", "hang-up"])
def test_frames_until_interrupted(ctl, postgres, database, people, tail, number):
    assert frame(tail)["type"] == "connected"
    assert frame(tail)["type"] == "initial_data"
    ask(postgres, database, ctl.done("token", "add", "ben").strip())
    update = frame(tail)
    assert update["type"] == "book_request_update" and update["book_request"]["user_id"] == people[1]
    assert frame(tail)["type"] == "quota_update"
    os.killpg(tail.pid, number)
    out, err = tail.communicate(timeout=SECONDS)
    assert (tail.returncode, out, err) == (0, b"", b"")
    assert sessions(postgres, database) == 1  # the one that this test made


def test_ends_when_its_reader_goes(postgres, database, tail):
    frame(tail)
    tail.stdout.close()
    tail.stdout = None
    assert tail.wait(SECONDS) == 0
    assert sessions(postgres, database) == 0


def test_ends_with_the_users_rights(ctl, tail):
    frame(tail), frame(tail)
    ctl.done("user", "deactivate", "ben")
    last = frame(tail)
    assert last["type"] == "error" and last["code"] == "unauthenticated"
    out, err = tail.communicate(timeout=SECONDS)
    assert (tail.returncode, out, err) == (1, b"", b"bookreqctl: the connection has ended\n")


def test_unknown_or_deactivated_user(ctl, people):
    assert ctl.refused("tail", "nobody")
    ctl.done("user", "deactivate", "ben")
    assert ctl.refused("tail", "ben")


def test_no_worker(ctl, postgres, database, people):
    ctl.set(bridge_socket="/nonexistent/bridge.sock", redis_url="")
    process = ctl.start("tail", "ben")
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 1 and json.loads(out)["code"] == "unavailable", (out, err)
    assert sessions(postgres, database) == 0


def test_bridge_does_not_learn_the_databases_address(ctl, worker, people, tmp_path):
    """It gives its environment away before it can be looked at, so somebody writes down what it gets: the program takes the bridge beside itself."""
    program = shutil.copy(PROGRAM, tmp_path)
    bridge, seen = tmp_path / "bookreq-ws", tmp_path / "seen"
    bridge.write_text(f"#!/bin/sh\nenv >'{seen}'\nexec '{PROGRAM.parent}/bookreq-ws'\n")
    bridge.chmod(0o755)
    with subprocess.Popen([program, "tail", "ben"], env=ctl.environment, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        frame(process)
        process.kill()
        process.communicate(timeout=SECONDS)
    names = {line.partition("=")[0] for line in seen.read_text().splitlines()}
    assert "HTTP_AUTHORIZATION" in names and "BOOKREQ_DATABASE_URL" not in names
