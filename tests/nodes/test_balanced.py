"""A web node behind a balancer that speaks the PROXY protocol, as docs/scaling.md sets it up: the application sees the clients' addresses."""

import http.client
import signal
import socket

import pytest

from support.checks import check_problem
from support.guide import Guide
from support.http import Answer, encode
from support.parallel import DEADLINE, eventually
from support.people import Tenant
from support.stack import free_port


@pytest.fixture(scope="module")
def node(start_stack):
    with start_stack() as node:
        yield node


@pytest.fixture(scope="module")
def port(node):
    """Where the node's nginx listens for the balancer."""
    port = free_port()
    path = node.var / "nginx/nginx.conf"
    block = Guide("scaling.md").block("balanced.nginx").replace("443 ssl", f"127.0.0.1:{port}").replace("10.0.0.0/24", "127.0.0.0/8")
    text = path.read_text()
    assert text.count("    include bookreq-server.conf;\n") == 1
    path.write_text(text.replace("    include bookreq-server.conf;\n", f"{block}    include bookreq-server.conf;\n"))
    processes = node.processes("nginx")
    (master,) = (process for process in processes if process.parent not in {other.pid for other in processes})
    master.kill(signal.SIGHUP)

    def listens():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    eventually(listens, "nginx has read it")
    return port


def balanced(port, client, path, fields):
    """A POST as the balancer passes it on for a client of that address (proxy-protocol.txt, section 2.1)."""
    content_type, body = encode(fields, "form")
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.create_connection(("127.0.0.1", port), DEADLINE)
    try:
        connection.sock.sendall(f"PROXY TCP4 {client} 127.0.0.1 40000 443\r\n".encode())
        connection.request("POST", path, body, {"Content-Type": content_type, "Sec-Fetch-Site": "same-origin"})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def test_clients_are_told_apart(node, port):
    ann = Tenant(node).subscriber(password="the right password")

    def fail(client):
        return balanced(port, client, "/api/auth/login", {"username": ann.name, "password": "wrong"})

    for _ in range(10):
        check_problem(fail("192.0.2.1"), 401, "invalid_credentials")
    check_problem(fail("192.0.2.1"), 429, "too_many_attempts")
    check_problem(fail("192.0.2.2"), 401, "invalid_credentials")
