"""Clients who want others to be served no more (conf/nginx/, conf/apache/): they are cut off or refused, the others notice nothing, and nothing is left."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.checks import API, check_problem
from support.http import Client, own_address
from support.live import Live
from support.parallel import DEADLINE, eventually
from support.servers import AMONG_MANY_CONNECTIONS, SILENCE_ENDS_SOON
from support.sockets import answer, connect, dribble, room, send, status

IDLE = 10000


@pytest.fixture
def villain():
    return own_address()


@pytest.fixture
def others(stack, subscriber):
    """Asserts that somebody at another address is served: an answer, a change, a WebSocket."""

    def served(rounds=5):
        client = Client(stack, token=subscriber.token, source=own_address())
        for _ in range(rounds):
            assert client.get(API + "/quota").status == 200
        created = client.post(API, {"title": "T", "author": "A", "allow_duplicate": "true"})
        assert created.status in (201, 403), created
        live = Live(subscriber)
        live.quiet()
        live.close()

    return served


def request(path="/healthz", method="GET", body="", length=None):
    length = f"Content-Length: {length if length is not None else len(body)}\r\n" if method == "POST" else ""
    return f"{method} {path} HTTP/1.1\r\nHost: books.example\r\nConnection: close\r\n{length}\r\n{body}"


def test_slow_headers_and_bodies(stack, villain, others):
    """Of each kind more than there are workers. The header's time-out is for all of it, however steadily it drips."""
    pool = ThreadPoolExecutor(40)
    until = time.monotonic() + DEADLINE
    slow = [pool.submit(dribble, connect(stack, villain), request() + "x" * 1000, 1, until) for _ in range(10)]
    stuck = [send(stack, villain, "GET /api/book-requests HTTP/1.1\r\nHost: x\r\nX-") for _ in range(10)]
    bodies = [send(stack, villain, request(API, "POST", "title=T", 60000)) for _ in range(10)]
    silent = [connect(stack, villain) for _ in range(10)]
    others()
    for connection in stuck + bodies + silent * SILENCE_ENDS_SOON:
        assert status(answer(connection)) in (None, 408)
    assert all(one.result() for one in slow)
    others(1)


def test_many_idle_connections(stack, villain, others):
    """Ten thousand of one address, or what this system lets one process open; half of them have said a word."""
    count = room(IDLE)
    connections = [send(stack, villain, "GET" * (number % 2)) for number in range(count)]
    print(f"{count} idle connections")
    others(20)
    for connection in connections:
        connection.close()
    others(1)


def test_connections_that_hold_something(stack, villain, others):
    """Four hundred whose header does not end. What comes then from that address depends on what each of them costs; nobody else notices."""
    held = []

    def the_next():
        """All are forgotten ten seconds later."""
        for connection in held:
            connection.close()
        held[:] = [send(stack, villain, "GET /healthz HTTP/1.1\r\nX-") for _ in range(400)]
        return status(answer(send(stack, villain, request()))) in AMONG_MANY_CONNECTIONS

    eventually(the_next, "the address has as many as it may have")
    others()
    for connection in held:
        connection.close()
    eventually(lambda: status(answer(send(stack, villain, request()))) == 200, "there is room again")


def test_requests_under_way(stack, villain, others):
    """Two hundred of one address may wait for their bodies; more are refused at once, as a problem document."""
    waiting = []

    def refusal_of_the_next():
        """Each is counted once its header is read; and all are forgotten ten seconds later."""
        for connection in waiting:
            connection.close()
        waiting[:] = [send(stack, villain, request("/api/auth/logout", "POST", "", 10)) for _ in range(220)]
        text = answer(send(stack, villain, request()))
        return status(text) == 429 and text

    refusal = eventually(refusal_of_the_next, "the address has too many")
    assert "retry-after: 1" in refusal.lower() and "application/problem+json" in refusal and '"code":"too_many_attempts"' in refusal, refusal
    assert "x-request-id: " in refusal.lower() and "cache-control: no-store" in refusal.lower(), refusal
    others()
    for connection in waiting:
        connection.close()
    eventually(lambda: status(answer(send(stack, villain, request()))) == 200, "there is room again")


def handshake(user_id=1):
    key = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    return f"GET {API}/ws?user_id={user_id} HTTP/1.1\r\nHost: books.example\r\nConnection: Upgrade\r\n{key}\r\n\r\n"


def refused(stack, source):
    """Closes the connection by itself, as a refusal need not."""
    with send(stack, source, handshake()) as connection:
        return status(connection.recv(65536).decode("latin-1"))


def bridges_of(stack):
    return {process.pid for process in stack.processes("bookreq-ws")}


def test_handshakes_of_nobody(stack, villain, others):
    """Three thousand as fast as they go. None becomes a process; above the rate the application is not even asked."""
    before, seen, over = bridges_of(stack), set(), threading.Event()

    def watch():
        while not over.is_set():
            seen.update(bridges_of(stack) - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(16) as pool:
        began = time.monotonic()
        answers = list(pool.map(lambda _: refused(stack, villain), range(3000)))
        took = time.monotonic() - began
    over.set()
    watcher.join()
    print(f"{len(answers) / took:.0f} handshakes a second, {answers.count(429)} of {len(answers)} refused by the web server")
    assert set(answers) == {401, 429}, set(answers)
    assert answers.count(401) <= 500 + 50 * took + 50, "the burst, and the rate for as long as it took"
    assert not seen, "a process was started"
    assert Client(stack, source=villain).get("/healthz").status == 200, "only handshakes are refused"
    others()


def test_passwords(stack, villain, others):
    """Asked without a password, so that nothing but the number of attempts costs anything."""
    client = Client(stack, source=villain, headers={"Sec-Fetch-Site": "same-origin"})
    answers = [client.raw("POST", "/api/auth/login") for _ in range(300)]
    assert {one.status for one in answers} == {422, 429}
    refusal = next(one for one in answers if one.status == 429)
    check_problem(refusal, 429, "too_many_attempts")
    assert client.get("/healthz").status == 200, "only passwords are refused"
    elsewhere = Client(stack, source=own_address(), headers={"Sec-Fetch-Site": "same-origin"})
    assert elsewhere.post("/api/auth/login", {}).status == 422
    others()
