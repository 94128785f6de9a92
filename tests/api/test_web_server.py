"""What the web server does by itself: the pages, which requests reach the application and how, who reaches websocketd, reloading."""

import gzip
import http.client
import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from support.checks import API, check_problem
from support.http import Client
from support.live import Live, Refused, Socket, update_of
from support.parallel import DEADLINE, eventually
from support.servers import APACHE
from support.stack import ROOT

POLICY = re.search(r'Content-Security-Policy "(.*)"', (ROOT / "conf/nginx/bookreq-server.conf").read_text())[1]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def anybody(stack):
    return Client(stack)


def page(anybody, path="/", method="GET", **headers):
    return anybody.raw(method, path, {name.replace("_", "-"): value for name, value in headers.items()})


def sent(stack, text):
    """The status of the answer to these bytes, on a connection of their own."""
    with socket.create_connection((stack.host, stack.port), DEADLINE) as connection:
        connection.sendall(text)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response.status


# Pages


def test_pages_and_their_headers(anybody):
    answer = page(anybody)
    assert answer.status == 200 and answer.headers["Content-Type"].lower() == "text/html; charset=utf-8"
    assert answer.headers.get_all("Content-Security-Policy") == [POLICY]
    assert answer.headers.get_all("Cache-Control") == ["no-cache"] and answer.headers.get_all("Referrer-Policy") == ["same-origin"]
    assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert page(anybody, "/index.html").body == answer.body and page(anybody, method="HEAD").body == b""
    assert page(anybody, "/nothing").status == 404


@pytest.mark.parametrize("path, content_type", [("/live.js", ("text/javascript", "application/javascript")), ("/theme.css", ("text/css",)), ("/favicon.svg", ("image/svg+xml",))])
def test_types_of_files(anybody, path, content_type):
    answer = page(anybody, path)
    assert answer.status == 200 and answer.headers["Content-Type"].partition(";")[0] in content_type
    compressed = page(anybody, path, Accept_Encoding="gzip")
    assert compressed.headers["Content-Encoding"] == "gzip" and gzip.decompress(compressed.body) == answer.body
    assert "Accept-Encoding" in compressed.headers["Vary"]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_page_that_did_not_change_is_not_sent_again(anybody, encoding):
    first = page(anybody, "/live.js", Accept_Encoding=encoding)
    again = page(anybody, "/live.js", Accept_Encoding=encoding, If_None_Match=first.headers["ETag"])
    assert again.status == 304 and again.body == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_pages_are_only_read(anybody, method):
    assert page(anybody, method=method).status == 405


def test_nothing_beside_the_pages_is_served(anybody):
    for path in ("/../bookreq.conf", "/%2e%2e/configure.ac", "/..%2fconfigure.ac", "/.git/config", "/web/index.html", "/module.am/x"):
        assert page(anybody, path).status in (400, 403, 404), path


# The way to the application


@pytest.mark.parametrize("path", [API + "/quota", API + "/quota/", "/api/book%2Drequests/quota"])
def test_ways_to_write_a_path(subscriber, path):
    assert subscriber.api.get(path).status == 200


@pytest.mark.parametrize("path", ["/api/book-requests%2Fquota", "/api//book-requests/quota", "//api/book-requests/quota", "/api/./book-requests/quota", "/api/x%0Ay", "/api/%7f", "/api/" + "x" * 3000])
def test_paths_that_are_not_ours(subscriber, path):
    answer = subscriber.api.raw("GET", path)
    check_problem(answer, 404, "not_found")


def test_a_path_that_only_looks_like_ours(anybody):
    for path in ("/apix", "/healthzz", "/metrics/x", "/metricsx"):
        answer = page(anybody, path)
        assert answer.status == 404 and answer.headers["Content-Type"].startswith("text/html"), path


@pytest.mark.parametrize("name", ["X_Request_Id", "Idempotency_Key"])
def test_names_with_underscores_are_no_headers_of_ours(subscriber, name):
    answer = subscriber.api.get(API + "/quota", headers={name: "forged"})
    assert answer.status == 200 and answer.headers["X-Request-Id"] != "forged"


@pytest.mark.parametrize("headers", [{"X-Long": "x" * 9000}, {f"X-{number}": "x" * 1000 for number in range(200)}], ids=["long", "many"])
def test_headers_without_measure(anybody, headers):
    assert page(anybody, API + "/quota", **headers).status in (400, 431)


def test_cookies_in_two_headers(stack, subscriber):
    """As what stands between may make of HTTP/2's."""
    head = f"GET {API}/quota HTTP/1.1\r\nHost: x\r\n"
    assert sent(stack, f"{head}Cookie: a=b\r\nCookie: bookreq_session={subscriber.token}\r\n\r\n".encode()) == 200
    assert sent(stack, f"{head}Cookie: a=b\r\n\r\n".encode()) == 401


def test_an_old_client(stack):
    assert sent(stack, b"GET /healthz HTTP/1.0\r\n\r\n") == 200


def test_a_body_that_comes_slowly_holds_no_worker(stack, subscriber):
    """As many as there are workers, and one more: neither the first bytes nor most of a body are passed on."""
    head = f"POST {API} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {subscriber.token}\r\nContent-Type: {FORM['Content-Type']}\r\nContent-Length: 40000\r\n\r\n"
    slow = []
    try:
        for number in range(len(stack.processes("bookreq.fcgi")) + 1):
            slow.append(socket.create_connection((stack.host, stack.port), DEADLINE))
            slow[-1].sendall(head.encode() + b"x" * (10 if number % 2 else 30000))
        connection = http.client.HTTPConnection(stack.host, stack.port, timeout=10)  # they may take longer than that
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        connection.close()
    finally:
        for connection in slow:
            connection.close()


def test_too_large_is_said_after_who_may_what(stack, subscriber, anybody):
    body = b"x=" + b"y" * 70000
    check_problem(anybody.request("POST", API, FORM, body), 401, "unauthenticated")
    check_problem(subscriber.api.request("POST", API + "/settings", FORM, body), 403, "forbidden")
    check_problem(subscriber.api.request("POST", API, FORM, body), 413, "too_large")
    check_problem(subscriber.api.request("PUT", API, FORM, body), 405, "method_not_allowed")
    check_problem(subscriber.api.request("POST", "/api/nothing", FORM, body), 404, "not_found")


@pytest.mark.parametrize("method, path", [("POST", API), ("POST", "/api/nothing"), ("PUT", API), ("TRACE", API)])
def test_a_body_that_was_not_read_is_no_request(stack, method, path):
    inner = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: smuggled\r\n\r\n"
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM['Content-Type']}\r\nContent-Length: 70000\r\n\r\n".encode()
    with socket.create_connection((stack.host, stack.port), DEADLINE) as connection:
        answers = b""
        try:
            connection.sendall(head + inner.ljust(70000, b"x") + inner.replace(b"smuggled\r\n", b"second\r\nConnection: close\r\n"))
            while data := connection.recv(65536):
                answers += data
        except ConnectionError:
            pass  # refused without reading it all
    assert answers.startswith(b"HTTP/1.1 4") and b"smuggled" not in answers


def test_too_large_is_said_at_once(stack, subscriber):
    """Before the body has come: of a client that announces how large it is, and of one that does not."""
    head = f"POST {API} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {subscriber.token}\r\nContent-Type: {FORM['Content-Type']}\r\n".encode()
    assert sent(stack, head + b"Content-Length: 1000000000\r\n\r\n") == 413
    assert sent(stack, head + b"Transfer-Encoding: chunked\r\n\r\n30000\r\n" + b"x" * 0x20000) == (411 if APACHE else 413)


@pytest.mark.parametrize("path", ["/bookreq-handshake", "/bookreq-refused", "/bookreq-socket", "/bookreq-socket/", "/bookreq-socket/x?user_id=1", "/%62ookreq-socket", "//bookreq-refused"])
def test_what_is_for_the_web_server_itself(subscriber, path):
    for headers in ({}, {"Upgrade": "websocket", "Connection": "upgrade", "X-Bookreq-Channels": "x", "Redirect-Status": "426"}):
        assert subscriber.api.raw("GET", path, headers).status in (403, 404)


# websocketd


@pytest.fixture
def no_websocketd(stack):
    """Nothing can be started by it: who is answered was answered without it."""
    processes = stack.processes("websocketd")
    assert processes
    for process in processes:
        process.kill(signal.SIGSTOP)
    yield
    for process in processes:
        process.kill(signal.SIGCONT)


def refusal(stack, headers, **options):
    with pytest.raises(Refused) as refused:
        Socket(stack, headers, **options)
    return refused.value.status


def test_who_is_refused_reaches_no_process(stack, subscriber, team, no_websocketd):
    bearer = {"Authorization": f"Bearer {subscriber.token}"}
    claims = {"X-Bookreq-Channels": "{1}:admins", "X-Remote-User": team.name, "Redirect-Status": "426"}
    for headers in ({}, claims, {"Authorization": "Bearer 1.x"}):
        assert refusal(stack, headers, user_id=subscriber.id) == 401
    assert refusal(stack, {**bearer, **claims}, user_id=team.id) == 403
    assert refusal(stack, bearer, user_id=subscriber.id, origin="http://elsewhere.example") == 403


@pytest.mark.parametrize("upgrade", [{}, {"Upgrade": "h2c"}, {"Upgrade": "websocket", "Connection": "close"}])
def test_the_refusal_says_why(stack, subscriber, anybody, upgrade, no_websocketd):
    path = f"{API}/ws?user_id={subscriber.id}"
    check_problem(anybody.request("GET", path, {"Connection": "upgrade", **upgrade}), 401, "unauthenticated")
    check_problem(subscriber.api.request("GET", f"{API}/ws", {"Connection": "upgrade", **upgrade}), *((403, "forbidden") if upgrade.get("Upgrade") == "websocket" else (400, "bad_request")))
    check_problem(subscriber.api.request("POST", path, {**FORM, "Connection": "upgrade", **upgrade}, b"x=1"), 405, "method_not_allowed")


@pytest.mark.parametrize("upgrade", ["websocket", "WebSocket", "WEBSOCKET"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_handshakes_in_every_spelling(stack, subscriber, upgrade, slash):
    lines = [f"GET {API}/ws{slash}?user_id={subscriber.id} HTTP/1.1", f"Host: {stack.host}:{stack.port}", f"Authorization: Bearer {subscriber.token}", f"Upgrade: {upgrade}"]
    lines += ["Connection: keep-alive, Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"]
    assert sent(stack, "\r\n".join([*lines, "", ""]).encode()) == 101


def test_a_handshake_that_websocketd_refuses_opens_no_way_to_it(stack, subscriber):
    """A second request on that connection is the web server's to read, not websocketd's, to which a client could say who it is."""
    lines = [f"GET {API}/ws?user_id={subscriber.id} HTTP/1.1", f"Host: {stack.host}", f"Authorization: Bearer {subscriber.token}", "Upgrade: websocket", "Connection: upgrade"]
    lines += ["Sec-WebSocket-Version: 12", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    with socket.create_connection((stack.host, stack.port), DEADLINE) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        response = http.client.HTTPResponse(connection)
        response.begin()
        response.read()
        assert response.status == 400
        try:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            rest = connection.recv(4096)
        except ConnectionError:
            return
        assert rest == b"" or b"X-Request-Id" in rest, "the web server's and ours, not websocketd's"


# Reloading


def reload(stack):
    """As an operator does after a change of the configuration."""
    before = {process.pid: process for process in stack.web_server()}
    (leader,) = [process for process in before.values() if process.parent not in before]
    leader.kill(signal.SIGHUP if stack.server == "nginx" else signal.SIGUSR1)
    eventually(lambda: {process.pid for process in stack.web_server()} - set(before), "new processes of the web server")


def test_a_reload_is_not_noticed(stack, tenant, subscriber):
    sockets, over = [Live(subscriber), Live(tenant.creator)], Event()

    def ask():
        statuses = []
        while not over.is_set():
            statuses.append(subscriber.api.get(API + "/quota").status)
        return statuses

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        for _ in range(3):
            reload(stack)
            request = subscriber.create()
            for opened in sockets:
                opened.until(update_of(request))
        over.set()
        assert {status for statuses in asking for status in statuses.result()} == {200}
    sockets.append(Live(subscriber))
    for opened in sockets:
        opened.close()
