"""Two websocketds behind one nginx, as docs/scaling.md sets it up."""

import re
import signal
import socket
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from servers import as_postgres
from support.guide import Guide
from support.live import Closed, Live, update_of
from support.parallel import DEADLINE, eventually
from support.people import Tenant
from support.stack import free_port

SOCKETS = 10


def port_of(process):
    (port,) = (word.partition("=")[2] for word in process.argv if word.startswith("--port="))
    return port


@contextmanager
def another(node, process, port):
    """A second one like that, at another port."""
    environment = dict(line.split("=", 1) for line in Path(f"/proc/{process.pid}/environ").read_text().split("\0") if "=" in line)
    argv = [f"--port={port}" if word.startswith("--port=") else word for word in process.argv]
    with open(node.var / "log/second.log", "w") as log:
        second = subprocess.Popen([*as_postgres(), *argv], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield second
    finally:
        second.kill()
        second.wait(DEADLINE)


def listens(port):
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


def children(node, pid):
    return [bridge for bridge in node.processes("bookreq-ws") if bridge.parent == pid]


@pytest.fixture(scope="module")
def node(start_stack):
    with start_stack() as node:
        yield node


def master_of_nginx(node):
    processes = node.processes("nginx")
    (master,) = (process for process in processes if process.parent not in {other.pid for other in processes})
    return master


def use_both(node, ports):
    """Puts the guide's block in place of the shipped one and has nginx read it."""
    path = node.var / "nginx/bookreq-upstream.conf"
    block = Guide("scaling.md").block("websocketd.nginx").replace("8090", ports[0]).replace("8091", ports[1])
    text, count = re.subn(r"upstream bookreq_websocketd \{.*?^\}\n", block, path.read_text(), flags=re.DOTALL | re.MULTILINE)
    assert count == 1
    path.write_text(text)
    master = master_of_nginx(node)
    old = {process.pid for process in node.processes("nginx")} - {master.pid}
    master.kill(signal.SIGHUP)
    eventually(lambda: not old & {process.pid for process in node.processes("nginx")}, "nginx has read it")


def test_they_share_the_sockets_and_one_may_die(node):
    tenant = Tenant(node, requests=1000)
    ann = tenant.subscriber()
    (first,) = node.processes("websocketd")
    port = str(free_port())
    with another(node, first, port) as second:
        eventually(lambda: listens(port), "it listens")
        use_both(node, [port_of(first), port])
        sockets = [Live(ann) for _ in range(SOCKETS)]
        shares = [len(children(node, pid)) for pid in (first.pid, second.pid)]
        assert shares == [SOCKETS / 2, SOCKETS / 2], shares
        cursors = {one: one.cursor for one in sockets}
        second.kill()
        second.wait(DEADLINE)
        request = ann.create()
        lost = []
        for one in sockets:
            try:
                one.until(update_of(request))
            except Closed:
                lost.append(one)
        assert len(lost) == SOCKETS / 2
        for one in lost:
            back = Live(ann, cursors[one])
            assert back.initial["recovered"] is True
            back.until(update_of(request))
            sockets.append(back)
        for one in sockets:
            one.close()
