"""bookreq-ws by itself: against an application of a few lines, a real Redis and, where it matters, the real websocketd."""

import json
import signal

import pytest
from bridge_fixture import ADMINS, OWN, USER, Ended, running
from support.parallel import eventually

HINT_OF_ADMIN = f"{OWN} {ADMINS}"


@pytest.fixture
def rig():
    with running() as rig:
        yield rig


@pytest.fixture
def application(rig):
    return rig.application


# The main path


def test_live_frames(rig):
    bridge = rig.bridge()
    assert bridge.opened()["cursor"] == f"ab-{USER}-1-0"
    rig.commit(1)
    rig.commit(2, 3)
    assert [bridge.text() for _ in range(3)] == [f'{{"type":"test","n":{n},"cursor":"ab-{USER}-1-{n}"}}' for n in (1, 2, 3)]


def test_under_websocketd(rig):
    port = rig.websocketd()
    sockets = [rig.socket(port) for _ in range(3)]
    for socket in sockets:
        socket.opened()
    rig.commit(1, filler="x" * 9000)  # arrives in several fragments
    rig.commit(2)
    for socket in sockets:
        assert socket.numbers(2) == [1, 2]
        socket.send("ping")
        assert socket.frame() == "pong"


def test_the_question(rig, application):
    rig.live(query=f"user_id={USER}&a=%20", max_sockets_per_user=7)
    path, query, params = application.asked[0]
    assert path == "/bridge/open" and query == {"user_id": str(USER), "a": " "}
    assert params["QUERY_STRING"] == f"user_id={USER}&a=%20" and params["REQUEST_METHOD"] == "GET" and params["BOOKREQ_BRIDGE"] == "1"
    assert params["HTTP_COOKIE"] == "bookreq_session=secret" and params["REMOTE_ADDR"] == "192.0.2.1"
    assert [name for name in params if name.startswith("BOOKREQ_")] == ["BOOKREQ_BRIDGE"]
    assert "HTTP_X_BOOKREQ_CHANNELS" not in params and "PATH" not in params


@pytest.mark.parametrize("hint", [None, "", "rubbish", "{4}:user:8", f"{OWN} {ADMINS}", "{3}:user:*"])
def test_any_hint(rig, hint):
    """The application's answer decides what is subscribed to; a wrong hint shows nothing and loses nothing."""
    bridge = rig.live(hint=hint)
    eventually(lambda: rig.subscribers() == 1 and rig.subscribers(ADMINS) == 0 and rig.subscribers("{4}:user:8") == 0, "wrong subscriptions")
    rig.commit(1)
    assert bridge.numbers(1) == [1]


def test_recovery(rig):
    rig.commit(*range(1, 13))
    bridge = rig.bridge(query=f"user_id={USER}&cursor=ab-{USER}-1-2")
    assert bridge.opened()["cursor"] == f"ab-{USER}-1-2"
    assert bridge.numbers(10) == list(range(3, 13))
    rig.commit(13)
    assert bridge.numbers(1) == [13]


# Gaps and doubles


def test_hole(rig):
    bridge = rig.live()
    rig.commit(1, publish=False)
    rig.commit(2)
    assert bridge.numbers(2) == [1, 2]


def test_wrong_order_and_doubles(rig):
    bridge = rig.live()
    messages = [rig.commit(n, publish=False) for n in (1, 2, 3)]
    for number in (0, 0, 2, 1, 2, 0):
        rig.publish(messages[number])
    rig.commit(4)
    assert bridge.numbers(4) == [1, 2, 3, 4]


def test_publishes_that_overtake_each_other(rig, application):
    """The later one is kept for a moment: no question for what comes by itself."""
    bridge = rig.live()
    messages = [rig.commit(n, publish=False) for n in range(1, 5)]
    rig.publish(*(messages[number] for number in (1, 3, 2, 0)))
    assert bridge.numbers(4) == [1, 2, 3, 4]
    bridge.send("ping")
    assert bridge.frame() == "pong" and application.count("/bridge/fetch") == 0


def test_each_hole_is_waited_for(rig, application):
    """The moment begins anew after a question. The late one takes several reads, so that it is missing for a while; of ten, one comes in time."""
    bridge, asked = rig.live(), []
    for number in range(1, 41, 4):
        rig.commit(number, publish=False)
        rig.commit(number + 1)
        assert bridge.numbers(2) == [number, number + 1]
        before = application.count("/bridge/fetch")
        late, early = rig.commit(number + 2, publish=False, filler="x" * 2000), rig.commit(number + 3, publish=False)
        rig.publish(early, late)
        assert bridge.numbers(2) == [number + 2, number + 3]
        asked.append(application.count("/bridge/fetch") - before)
    assert 0 in asked, asked


def test_poke(rig):
    bridge = rig.live()
    rig.commit(*range(1, 13), publish=False)  # three pages
    rig.publish(f"1 poke ab {USER} 12\n")
    assert bridge.numbers(12) == list(range(1, 13))


@pytest.mark.parametrize("message", ["1 events cd 7 9 1\n0 {}\n", "1 poke ab 0 9\n", "1 events ab 7 1 2\n0 {}\n", "1 check ab\n", "2 news\n"])
def test_strange_messages_make_it_ask(rig, message):
    bridge = rig.live()
    rig.commit(1, publish=False)
    rig.publish(message)
    assert bridge.numbers(1) == [1]


def test_unknown_messages_are_ignored(rig, application):
    bridge = rig.live()
    for message in ("", "\n", "0 news\n", "1 dance ab\n", "\0" * 5000):
        rig.publish(message)
    rig.commit(1)
    assert bridge.numbers(1) == [1] and application.count("/bridge/fetch") == 0


def test_strange_messages_are_no_busy_loop(rig, application):
    """Another system that uses the same Redis and prefix."""
    bridge = rig.live()
    for n in range(200):
        rig.publish(f"1 events cd 7 {n + 1} 1\n0 {{}}\n")
        bridge.send("ping") if n % 10 == 0 and n < 100 else None
    for n in range(10):
        assert bridge.frame() == "pong"
    rig.commit(1)
    assert bridge.numbers(1) == [1]
    assert application.count("/bridge/fetch") < 20


def test_tail_check(rig):
    """Nothing tells of the event: the heartbeat's question finds it."""
    bridge = rig.live(heartbeat_seconds=1)
    rig.commit(1, publish=False)
    assert bridge.numbers(1) == [1]
    heartbeat = bridge.frame()
    while heartbeat["cursor"].endswith("-0"):
        heartbeat = bridge.frame()
    assert heartbeat == {"type": "heartbeat", "cursor": f"ab-{USER}-1-1"}


# Redis away


def test_redis_restarts(rig, application):
    bridge = rig.live(poll_ms=100)
    rig.stop_redis()
    rig.commit(1, publish=False)
    assert bridge.numbers(1) == [1]
    rig.start_redis()
    eventually(lambda: rig.subscribers() == 1, "not subscribed again")
    rig.commit(2)
    assert bridge.numbers(1) == [2]
    # live by itself, no longer by polling
    bridge.send("ping")
    assert bridge.frame() == "pong"
    asked = application.count("/bridge/fetch")
    for n in range(3, 103):
        rig.commit(n)
        assert bridge.numbers(1) == [n]
    assert application.count("/bridge/fetch") == asked


@pytest.mark.parametrize("count", [1, 10])
def test_redis_freezes(rig, count):
    bridges = [rig.live(poll_ms=100) for _ in range(count)]
    rig.redis_process.send_signal(signal.SIGSTOP)
    rig.commit(1, publish=False)
    for bridge in bridges:
        assert bridge.numbers(1) == [1]
    rig.redis_process.send_signal(signal.SIGCONT)
    eventually(lambda: rig.subscribers() == count, "not subscribed again")
    rig.commit(2)
    for bridge in bridges:
        assert bridge.numbers(1) == [2]


@pytest.mark.parametrize("frozen", [False, True])
def test_opens_without_redis(rig, frozen):
    rig.redis_process.send_signal(signal.SIGSTOP if frozen else signal.SIGKILL)
    bridge = rig.live(poll_ms=100)
    rig.commit(1, publish=False)
    assert bridge.numbers(1) == [1]


def test_no_redis_configured(rig):
    bridge = rig.live(poll_ms=100, redis_url="")
    rig.commit(1, publish=False)
    assert bridge.numbers(1) == [1]


# The application away, or refusing


def test_unavailable_at_the_beginning(rig, application):
    application.refuse(503, "unavailable", 1)
    assert 1000 <= rig.bridge().ended("unavailable")["retry_ms"] <= 10000
    application.stop()
    assert 1000 <= rig.bridge().ended("unavailable")["retry_ms"] <= 10000


def test_silent_at_the_beginning(rig, application):
    application.silent = True
    rig.bridge(bridge_call_ms=100).ended("unavailable")


@pytest.mark.parametrize("body", ["", "hello\n", "bookreq-bridge 1\n", "bookreq-bridge 1\nstream ab-7-1\naudience 0\n"])
def test_answers_that_are_none(rig, application, body):
    application.refusal = (200, body)
    rig.bridge().ended("unavailable")
    application.refusal = (404, body)
    rig.bridge().ended("unavailable")


@pytest.mark.parametrize("status, body", [(200, "bookreq-bridge 2\nnews\n"), (200, "hello\n"), (404, "hello\n")])
@pytest.mark.parametrize("ask", [lambda rig, bridge: rig.publish("1 check ab\n"), lambda rig, bridge: bridge.send('{"type":"refresh_quota"}')])
def test_later_answers_that_are_none(rig, application, status, body, ask):
    """Workers of another version: the client is to come back, which starts the new bridge."""
    bridge = rig.live()
    application.refusal = (status, body)
    ask(rig, bridge)
    assert 1000 <= bridge.ended("going_away")["retry_ms"] <= 5000


@pytest.mark.parametrize("status, code", [(401, "unauthenticated"), (403, "forbidden"), (403, "cross_origin")])
def test_refused_at_the_beginning(rig, application, status, code):
    application.refuse(status, code)
    assert rig.bridge().ended(code) == {"type": "error", "code": code, "message": "No.", "retry_ms": None}


@pytest.mark.parametrize("status, code", [(401, "unauthenticated"), (409, "epoch_changed"), (409, "going_away")])
def test_refused_later(rig, application, status, code):
    bridge = rig.live()
    application.refuse(status, code)
    rig.publish("1 check ab\n")
    bridge.ended(code)


def test_stays_open_while_the_application_is_away(rig, application):
    bridge = rig.live(bridge_call_ms=100)
    application.refuse(503, "unavailable", 1)
    rig.commit(1, publish=False)
    rig.commit(2)
    application.asked_again("/bridge/fetch")
    application.silent, application.refusal = True, None
    application.asked_again("/bridge/fetch")
    bridge.send("ping")
    assert bridge.frame() == "pong"
    application.silent = False
    assert bridge.numbers(2) == [1, 2]


# Who may see what


def test_joins_and_leaves_the_team(rig, application):
    bridge = rig.live()
    rig.commit(1)
    rig.commit(100, audience=0)
    application.move()
    rig.publish("1 check ab\n")
    eventually(lambda: rig.subscribers(ADMINS) == 1, "not subscribed to the admins")
    rig.commit(101, audience=0)
    rig.commit(102, audience=0, to=USER)
    rig.commit(103, audience=0, to=USER + 1)
    rig.commit(104, audience=0)
    assert bridge.numbers(4) == [1, 101, 102, 104]
    application.move()
    rig.publish("1 check ab\n")
    eventually(lambda: rig.subscribers(ADMINS) == 0, "still subscribed to the admins")
    rig.commit(105, audience=0)
    rig.commit(2)
    frame = bridge.frame()
    assert frame["n"] == 2 and frame["cursor"] == f"ab-{USER}-3-2"


def test_admin(rig, application):
    application.move()
    bridge = rig.live(hint=HINT_OF_ADMIN)
    rig.commit(1, 2, audience=0)
    assert bridge.numbers(2) == [1, 2]


def test_too_many_connections(rig, application):
    bridges = [rig.live(max_sockets_per_user=2) for _ in range(2)]
    assert 4000 <= rig.bridge(max_sockets_per_user=2).ended("too_many_connections")["retry_ms"] <= 6000
    assert 4000 <= rig.bridge(max_sockets_per_user=2, hint=None).ended("too_many_connections")["retry_ms"] <= 6000
    bridges[0].leave()
    eventually(lambda: rig.subscribers() == 1, "its place is not free")
    rig.live(max_sockets_per_user=2)


# What the client says


def test_pings(rig):
    bridge = rig.live(ping_seconds=1)
    bridge.send("ping")
    assert [bridge.frame() for _ in range(3)] == ["pong", "ping", "ping"]


def test_refreshes(rig):
    bridge = rig.live()
    rig.commit(1)
    assert bridge.numbers(1) == [1]
    for text in ('{"type":"refresh_quota"}', ' { "a":[{"type":"x"}], "type" : "refresh_pending" }', "hello", "{}", "[]", '{"a":{"type":"refresh_quota"}}'):
        bridge.send(text)
    cursor = f"ab-{USER}-1-1"
    assert [bridge.frame() for _ in range(2)] == [{"type": "quota_answer", "cursor": cursor}, {"type": "pending_answer", "cursor": cursor}]
    bridge.send("ping")
    assert bridge.frame() == "pong"


@pytest.mark.parametrize("terms", ["2025-12/5/10", "2025-11/6/10"], ids=["month", "limit"])
def test_new_terms(rig, application, terms):
    """The quota of a month that began, or of a limit that Redis said nothing about, is told once, as state: without a cursor."""
    bridge = rig.live()
    for now in (application.terms, application.terms, terms, terms):
        application.terms = now
        application.asked_again("/bridge/fetch", lambda: rig.publish("1 check ab\n"))
    assert bridge.frame() == {"type": "state_answer"}
    bridge.send("ping")
    assert bridge.frame() == "pong" and application.count("/bridge/refresh") == 1


def test_state(rig, application):
    bridge = rig.live()
    rig.commit(1)
    rig.publish(f'1 state ab {USER} 1 2 t\n{USER} {{"type":"told"}}\n')
    rig.publish(f'1 state ab {USER} 1 1 s\n{USER} {{"type":"overtaken"}}\n')
    assert bridge.numbers(1) == [1] and bridge.frame() == {"type": "told"}
    rig.publish(f'1 state ab {USER} 7 3 t\n{USER} {{"type":"told"}}\n')
    assert bridge.frame() == {"type": "state_answer"}


def test_too_large(rig):
    bridge = rig.live()
    bridge.send("x" * 4096)
    bridge.send("ping")
    assert bridge.frame() == "pong"
    bridge.send("x" * 4097)
    assert bridge.ended("too_large")["retry_ms"] == 1000


def test_too_large_under_websocketd(rig):
    socket = rig.socket(rig.websocketd())
    socket.opened()
    socket.send("x" * 4_000_000)
    socket.ended("too_large")


def test_too_many_frames(rig):
    bridge = rig.live()
    bridge.send("\n" * 19)
    bridge.send("ping")
    assert bridge.ended("too_many_frames")["retry_ms"] == 1000


# What the client does not read


def test_slow_reader(rig, application):
    bridge = rig.live()
    application.refuse(503, "unavailable", 1)  # nothing but what the bridge holds can come
    for n in range(1, 301):  # 6 MB
        rig.commit(n, filler="x" * 20000)
    numbers = []
    while (frame := bridge.frame()) != "pong":
        numbers.append(frame["n"])
        bridge.send("ping")  # while the queue is full the answer is dropped
    assert len(numbers) * 20000 < 3 * 65536, "64 KiB are in the pipe, 64 KiB in the bridge"
    application.refusal = None
    while len(numbers) < 300:
        frame = bridge.frame()
        numbers += [frame["n"]] if frame != "pong" else []
    assert numbers == list(range(1, 301))
    rig.commit(301)
    assert bridge.numbers(1) == [301]


def test_reader_that_never_reads(rig):
    bridge = rig.live(slow_reader_seconds=1)
    for n in range(1, 101):
        rig.commit(n, filler="x" * 5000)
    assert bridge.process.wait(30) == 0
    # nothing follows the line that could not be finished; websocketd drops such a line
    *lines, _ = (bridge.data + bridge.process.stdout.read()).split(b"\n")
    assert [json.loads(line)["n"] for line in lines] == list(range(1, len(lines) + 1))


def test_one_huge_frame(rig):
    bridge = rig.live()
    rig.commit(1, filler="x" * 300_000)
    rig.commit(2)
    assert bridge.numbers(2) == [1, 2]


# The end


def test_end_of_the_operator(rig):
    bridge = rig.live()
    bridge.process.send_signal(signal.SIGTERM)
    assert 1000 <= bridge.ended("going_away")["retry_ms"] <= 5000


def test_end_of_the_client(rig):
    rig.live().leave()


def test_end_of_the_client_while_the_application_is_silent(rig, application):
    application.silent = True
    bridge = rig.bridge(bridge_call_ms=60000)
    eventually(lambda: application.count("/bridge/open") == 1, "it does not ask")
    bridge.leave()


def test_end_of_the_client_while_redis_is_frozen(rig):
    rig.redis_process.send_signal(signal.SIGSTOP)
    rig.bridge().leave()


def test_reader_is_gone(rig):
    bridge = rig.live()
    bridge.process.stdout.close()
    assert bridge.process.wait(30) == 0


def test_websocketd_is_killed(rig):
    port = rig.websocketd()
    for _ in range(3):
        rig.socket(port).opened()
    assert rig.subscribers() == 3
    rig.websocketds[0].kill()
    eventually(lambda: rig.subscribers() == 0, "bridges outlive websocketd")


def test_ignored_signals_are_not_inherited(rig):
    """websocketd hands down what its own parent ignored; SIGINT is its first signal to a bridge that lingers."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        bridge = rig.live()
    finally:
        signal.signal(signal.SIGINT, before)
    bridge.process.send_signal(signal.SIGINT)
    assert bridge.process.wait(30) == -signal.SIGINT


def test_bad_settings(rig):
    bridge = rig.bridge(ping_seconds="often")
    assert bridge.process.wait(30) == 1
    with pytest.raises(Ended):
        bridge.text()


def test_frames_are_json(rig):
    """Whatever is spliced in, each line stays one object."""
    bridge = rig.live()
    rig.commit(1, filler='"}\\ \u20ac')
    assert json.loads(bridge.text()) == {"type": "test", "n": 1, "filler": '"}\\ \u20ac', "cursor": f"ab-{USER}-1-1"}
