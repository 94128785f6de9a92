"""The stack in the foreground, and its demo data."""

import os
import signal

import pytest
import requests
from dev_support import wait_until
from support.processes import processes_of


def started(dev):
    process = dev.foreground("run")
    wait_until(lambda: f"bookreq runs at {dev.origin}" in dev.output() or process.poll() is not None, seconds=120)
    assert process.poll() is None, dev.output()
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_it_all(dev, number):
    process = started(dev)
    assert dev.ready()
    os.killpg(process.pid, number)
    assert process.wait(60) == 0
    assert processes_of(dev.var) == []


def test_down_ends_run(dev):
    process = started(dev)
    dev.done("down")
    assert process.wait(60) == 0
    assert processes_of(dev.var) == []


def test_interrupted_while_starting(dev):
    process = dev.foreground("run")
    wait_until(lambda: (dev.var / "run" / "postgres.pid").exists(), seconds=120)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) != 0
    assert processes_of(dev.var) == []


def test_a_second_run_is_refused_and_harms_nothing(dev):
    dev.up()
    result = dev.run("run")
    assert result.returncode == 1 and "already running" in result.stderr
    assert dev.ready()


def test_a_killed_supervisor_is_replaced(dev):
    process = started(dev)
    for service in ("postgres", "redis", "workers", "bridges", "websocketd", "nginx"):
        leader = dev.leader(service)
        os.kill(leader, signal.SIGKILL)
        wait_until(lambda: f"{service} has ended" in dev.output())
        wait_until(lambda: dev.run("status").returncode == 0)
        assert dev.leader(service) != leader
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 0


def test_demo(make_dev):
    dev = make_dev(BOOKREQ_DEMO="1")
    process = started(dev)
    wait_until(lambda: "Log in with the password bookreq-demo" in dev.output(), seconds=10)
    answer = requests.post(dev.origin + "/api/auth/login", json={"username": "anna", "password": "bookreq-demo"}, headers={"Sec-Fetch-Site": "same-origin"}, timeout=10)
    bearer = {"Authorization": "Bearer " + answer.json()["token"]}
    queue = requests.get(dev.origin + "/api/book-requests/admin", headers=bearer, timeout=10).json()
    assert all(queue["counts"][status] > 0 for status in ("pending", "approved", "rejected", "fulfilled"))
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 0

    dev.up()
    assert requests.get(dev.origin + "/api/book-requests/admin", headers=bearer, timeout=10).json()["total"] == queue["total"]
