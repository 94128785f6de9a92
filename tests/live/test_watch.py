"""One worker watches Redis for all bridges (lib/watch.h): they sleep, until it does not any more."""

import os
import signal
from pathlib import Path

import pytest
import redis

from support.live import update_of
from support.parallel import eventually


@pytest.fixture
def client(stack):
    with redis.Redis(unix_socket_path=str(stack.unix_socket("redis.sock"))) as client:
        yield client


@pytest.fixture
def bridge_of(stack, connect):
    """Opens a user's socket; it and its bridge."""

    def bridge_of(user):
        before = {process.pid for process in stack.processes("bookreq-ws")}
        live = connect(user)
        (bridge,) = [process for process in stack.processes("bookreq-ws") if process.pid not in before]
        return live, bridge

    return bridge_of


def pings(client):
    return client.info("commandstats").get("cmdstat_ping", {"calls": 0})["calls"]


def turns(process):
    """How often it was on a CPU so far."""
    lines = (Path("/proc") / str(process.pid) / "status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)


def watching(stack):
    """The worker who holds the lock."""
    inode = stack.unix_socket("bridge.sock.watched").stat().st_ino
    for line in Path("/proc/locks").read_text().splitlines():
        fields = line.split()
        if fields[1] == "FLOCK" and fields[5].endswith(f":{inode}"):
            return next((process for process in stack.processes("bookreq.fcgi") if process.pid == int(fields[4])), None)
    return None


def covered(stack, process):
    """Whether this worker has the FIFO open, which it has while Redis answers."""
    fifo = stack.unix_socket("bridge.sock.watch").stat()
    return any(os.path.samestat(fifo, os.stat(fd)) for fd in Path(f"/proc/{process.pid}/fd").iterdir() if os.path.exists(fd))


def test_bridges_sleep(stack, client, subscriber, bridge_of):
    worker = eventually(lambda: watching(stack), "a worker watches")
    eventually(lambda: covered(stack, worker), "and says so")
    live, bridge = bridge_of(subscriber)
    live.quiet()

    def slept():
        seen, before = pings(client), turns(bridge)
        eventually(lambda: pings(client) >= seen + 4, "Redis is watched")
        assert pings(client) < seen + 8, "by one of all"
        return turns(bridge) == before

    eventually(slept, "what it did is done, and it sleeps")
    live.quiet()


def test_the_watcher_dies_and_redis_freezes(stack, subscriber, bridge_of):
    """Without the one nobody is woken, with the next one everybody is; and where nobody watches, a bridge sees it by itself."""
    live, bridge = bridge_of(subscriber)
    (server,) = stack.processes("redis-server")
    for _ in range(2):
        worker = eventually(lambda: watching(stack), "a worker watches")
        worker.kill()
        eventually(lambda: watching(stack) not in (None, worker), "another one does")
        live.until(update_of(subscriber.create()))
    try:
        server.kill(signal.SIGSTOP)
        live.until(update_of(subscriber.create()))
    finally:
        server.kill(signal.SIGCONT)
    live.until(update_of(subscriber.create()))
    os.kill(bridge.pid, 0)


def test_redis_freezes_and_nobody_watches(stack, subscriber, bridge_of):
    """All workers are frozen as well, and thaw when the bridges must have seen it."""
    live, bridge = bridge_of(subscriber)
    workers, (server,) = stack.processes("bookreq.fcgi"), stack.processes("redis-server")
    worker = eventually(lambda: watching(stack), "a worker watches")
    try:
        for process in workers:
            process.kill(signal.SIGSTOP)
        before = turns(bridge)
        worker.kill()
        eventually(lambda: turns(bridge) > before, "the bridge was woken")
        server.kill(signal.SIGSTOP)
        for process in workers:
            process.kill(signal.SIGCONT)
        live.until(update_of(subscriber.create()))
    finally:
        for process in workers + [server]:
            process.kill(signal.SIGCONT)
    live.until(update_of(subscriber.create()))
