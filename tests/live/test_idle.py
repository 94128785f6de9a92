"""What goes on while nothing happens, and clients that do not read: a stack with all its clocks set to a second or two."""

import re
import socket

import psycopg2
import pytest
import redis

from support.checks import API, check_quota
from support.flood import flood
from support.http import Client
from support.live import Closed, Live, Socket, update_of
from support.parallel import eventually
from support.people import Tenant


@pytest.fixture(scope="module")
def stack(start_stack):
    with start_stack(BOOKREQ_HEARTBEAT_SECONDS="1", BOOKREQ_PING_SECONDS="1", BOOKREQ_SLOW_READER_SECONDS="2") as stack:
        yield stack


@pytest.fixture(scope="module")
def tenant(stack):
    return Tenant(stack, requests=10000)


def raw(user, **options):
    """A socket behind its first two frames, with every message as it comes."""
    opened = Socket(user.stack, {"Authorization": f"Bearer {user.token}"}, user_id=user.id, **options)
    assert opened.frame()["type"] == "connected" and opened.frame()["type"] == "initial_data"
    return opened


def test_the_server_pings_a_silent_client(tenant):
    """It repeats that, and does not close the connection for want of an answer."""
    opened = raw(tenant.subscriber())
    messages = []
    while messages.count("ping") < 3:
        messages.append(opened.connection.recv())
    opened.send("ping")
    assert opened.frame() == "pong"
    opened.close()


def heartbeat(opened):
    while True:
        text = opened.text()
        if '"heartbeat"' in text:
            return text


def test_heartbeats_carry_the_position(tenant, connect):
    ann = tenant.subscriber()
    opened = raw(ann)
    first, second = heartbeat(opened), heartbeat(opened)
    assert first == second, "nothing happened"
    witness = connect(ann)
    ann.create()
    witness.events(2)
    assert opened.frame()["type"] == "book_request_update" and opened.frame()["type"] == "quota_update"
    third = heartbeat(opened)
    assert witness.cursor in third and third != first
    assert connect(ann, witness.cursor).initial["recovered"] is True
    opened.close()


@pytest.fixture
def month(stack):
    """Lets the database's calendar come to another month, for as long as the test runs."""
    connection = psycopg2.connect(host=str(stack.unix_socket("redis.sock").parent), user="postgres", dbname="bookreq")
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SELECT pg_get_functiondef('bookreq.month_of(timestamptz)'::regprocedure)")
    (ours,) = cursor.fetchone()
    yield lambda name: cursor.execute(re.sub(r"SELECT to_char\(.*\)", f"SELECT '{name}'", ours))
    cursor.execute(ours)
    connection.close()


def test_a_new_month(tenant, connect, month):
    """Everybody who is connected is told, as a state; what was asked for before stays the old month's."""
    ann, team = tenant.subscriber(), tenant.team_member()
    request, own = ann.create(), team.create()
    sockets = {user: connect(user) for user in (ann, team, tenant.creator)}
    month("2999-01")
    for user, socket_ in sockets.items():
        frame = socket_.frame()
        assert frame == {"type": "quota_update", "quota": user.quota()}
        check_quota(frame["quota"], used=0)
        assert frame["quota"]["current_month"] == "2999-01"
    assert ann.create()["month_year"] == "2999-01" and ann.quota()["requests_used"] == 1
    team.respond(request, "rejected")
    assert ann.quota()["requests_used"] == 1, "the refund is the month's of the request"
    entries = [ann.api.get(API + "/quota/ledger", query).json["entries"] for query in ({"month_year": own["month_year"]}, {})]
    assert [[entry["reason"] for entry in listed] for listed in entries] == [["refund", "charge"], ["charge"]]
    assert [event["quota"]["requests_used"] for event in sockets[ann].until(lambda event: event["type"] == "notification") if event["type"] == "quota_update"] == [1]
    assert sockets[ann].event()["quota"] == ann.quota()


def test_heartbeats_check_the_session_again(stack, tenant):
    """Even where the message that says so is lost."""
    user = tenant.subscriber(password="a password")
    token = user.login()
    opened = Socket(stack, {"Cookie": f"bookreq_session={token}"}, origin=stack.origin, user_id=user.id)
    with redis.Redis(unix_socket_path=str(stack.unix_socket("redis.sock"))) as client:
        client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        assert Client(stack, token=token).post("/api/auth/logout").status == 204
    assert opened.ended("unauthenticated")["retry_ms"] is None


@pytest.mark.parametrize("kind", ["pubsub", "normal"])
def test_cut_connections_to_redis(stack, tenant, connect, kind):
    """Of the bridges or of the workers: what was lost on the way is fetched."""
    ann, admin = tenant.subscriber(), tenant.team_member()
    sockets = [connect(ann), connect(admin)]
    requests = []
    with redis.Redis(unix_socket_path=str(stack.unix_socket("redis.sock"))) as client:
        for _ in range(5):
            client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
            requests += [ann.create(), ann.create()]
    for opened in sockets:
        seen = [event["book_request"] for event in opened.until(update_of(requests[-1])) if event["type"] == "book_request_update"]
        assert seen == requests


@pytest.mark.parametrize(
    "message",
    ["", "\n", "x", "1", "1 events", "1 events 0 0 1 1\n", "1 events 0 0 1 1\n0 {}\n", "2 events 0 0 1 1\n0 {}\n", "1 events x -1 99999999999999999999 1\n0 {}\n", "1 poke\n", "1 poke 0 0 7\n",
     "1 check\n", "1 check 0\n", "\0\0\0", "1 events " + "9" * 5000, "{" * 100000, "\xff\xfe"],
    ids=range(17),
)  # fmt: skip
def test_messages_that_no_worker_sends(stack, tenant, connect, message):
    ann = tenant.subscriber()
    opened = connect(ann)
    with redis.Redis(unix_socket_path=str(stack.unix_socket("redis.sock"))) as client:
        assert client.publish(f"bookreq:{{{tenant.creator.id}}}:user:{ann.id}", message.encode("latin-1")) == 1
    request = ann.create()
    assert opened.event()["book_request"] == request


def test_a_client_that_does_not_read(stack, tenant, connect):
    """It is disconnected; what it had read so far and what it gets when it comes back make up the whole."""
    ann, admin = tenant.subscriber(), tenant.team_member()
    deaf = Live(ann, sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**17)])
    got, last = [], flood(ann, admin, 160)[-1]
    with redis.Redis(unix_socket_path=str(stack.unix_socket("redis.sock"))) as client:
        channel = f"bookreq:{{{tenant.creator.id}}}:user:{ann.id}"
        eventually(lambda: client.pubsub_numsub(channel)[0][1] == 0, "its bridge has ended")
    while True:
        try:
            got.append(deaf.event())
        except Closed:
            break
        except AssertionError as failure:
            assert "slow_reader" in str(failure)
    assert not any(map(update_of(last), got)), "it was cut off"
    returned = connect(ann, deaf.cursor)
    assert returned.initial["recovered"] is True
    got += returned.until(update_of(last))
    assert [event["book_request"]["version"] for event in got if event["type"] == "book_request_update"] == list(range(1, last["version"] + 1))
    assert len({event["cursor"] for event in got}) == len(got)
