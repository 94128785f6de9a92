"""Two stacks with one database and one Redis are one system."""

import pytest

from support.checks import check_problem
from support.http import Client, own_address
from support.live import Live, Socket, update_of
from support.parallel import eventually
from support.people import Tenant, User


@pytest.fixture(scope="module")
def second(stack, start_stack):
    directory = stack.unix_socket("redis.sock").parent
    settings = {"BOOKREQ_DATABASE_URL": f"postgresql://bookreq_owner@/bookreq?host={directory}", "BOOKREQ_REDIS_URL": f"unix://{directory}/redis.sock"}
    with start_stack(**settings) as second:
        yield second


def seen_from(second, user):
    """The same user, going through the other node."""
    return User(second, user.id, user.name, user.email, user.creator, user.password)


def test_each_node_shows_what_the_other_does(stack, second, connect):
    tenant = Tenant(stack)
    ann, team = tenant.subscriber(), tenant.team_member()
    away = {user: seen_from(second, user) for user in (ann, team)}
    here, there = [connect(ann), connect(team)], [connect(away[ann]), connect(away[team])]
    request = ann.create()
    request = away[team].respond(request, "approved")
    request = away[ann].act(request, "reply", user_reply="thanks")
    for one, other in zip(here, there):
        assert one.until(update_of(request)) == other.until(update_of(request))
    assert here[1].event() == there[1].event(), "the notification of the reply"


def test_a_cursor_of_one_node_is_good_at_the_other(stack, second, connect):
    ann = Tenant(stack).subscriber()
    opened = connect(ann)
    requests = [ann.create(), seen_from(second, ann).create()]
    opened = connect(seen_from(second, ann), opened.cursor)
    assert opened.initial["recovered"] is True
    events = opened.until(update_of(requests[-1]))
    assert [event["book_request"] for event in events if event["type"] == "book_request_update"] == requests


def test_sockets_are_counted_together(stack, second, connect):
    ann = Tenant(stack).subscriber()
    away = seen_from(second, ann)
    for number in range(20):
        connect([ann, away][number % 2])
    for user in (ann, away):
        surplus = Socket(user.stack, {"Authorization": f"Bearer {user.token}"}, user_id=user.id)
        assert surplus.ended("too_many_connections")["retry_ms"] >= 1000


def test_the_end_of_a_session_is_known_at_both(stack, second):
    tenant = Tenant(stack)
    ann = tenant.subscriber()
    opened = Live(seen_from(second, ann))
    tenant.deactivate(ann)
    assert opened.ended("unauthenticated")["retry_ms"] is None


def test_failed_log_ins_are_counted_together(stack, second):
    ann = Tenant(stack).subscriber(password="the right password")
    address = own_address()
    clients = [Client(node, source=address, headers={"Sec-Fetch-Site": "same-origin"}) for node in (stack, second)]
    for number in range(10):
        check_problem(clients[number % 2].post("/api/auth/login", {"username": ann.name, "password": "wrong"}), 401, "invalid_credentials")
    for client in clients:
        check_problem(client.post("/api/auth/login", {"username": ann.name, "password": "wrong"}), 429, "too_many_attempts")


def open_sockets(node):
    (line,) = (line for line in Client(node).get("/metrics").body.decode().splitlines() if line.startswith("bookreq_open_sockets "))
    return float(line.split()[1])


def test_each_node_tells_how_many_sockets_are_open_at_all(stack, second, connect):
    tenant = Tenant(stack)
    connect(tenant.subscriber()), connect(seen_from(second, tenant.subscriber()))
    # those of earlier tests may just be ending
    assert eventually(lambda: open_sockets(stack) == open_sockets(second) == len(stack.processes("bookreq-ws")) + len(second.processes("bookreq-ws")), "all are counted")
    assert open_sockets(stack) >= 2
