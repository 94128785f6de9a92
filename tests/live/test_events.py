"""GET of events: what a socket would have shown, without one."""

import pytest

from support.checks import API, check_problem
from support.http import Client
from support.live import update_of


def ask(user, cursor=None):
    answer = user.api.get(API + "/events", None if cursor is None else {"cursor": cursor})
    assert answer.status == 200 and set(answer.json) == {"cursor", "recovered", "messages"}, answer
    return answer.json


def fresh(user):
    answer = ask(user)
    assert answer["recovered"] is False and answer["messages"] == [], "without a cursor"
    return answer["cursor"]


def everything(user, cursor):
    """All messages since the cursor, asked for until none come; and the cursor after them."""
    messages = []
    while True:
        answer = ask(user, cursor)
        assert answer["recovered"] is True and len(answer["messages"]) <= 500, answer
        if not answer["messages"]:
            return messages, answer["cursor"]
        assert answer["cursor"] == answer["messages"][-1]["cursor"], "goes on from the last message"
        messages += answer["messages"]
        cursor = answer["cursor"]


def lost(user, cursor):
    """The cursor is worth nothing: not an error, but the present position."""
    answer = ask(user, cursor)
    assert answer["recovered"] is False and answer["messages"] == [], answer
    assert answer["cursor"] == fresh(user)


def act(tenant, ann):
    """A bit of everything; the last change."""
    team = tenant.creator
    request = ann.create()
    team.act(request, "accept")
    team.respond(request, "rejected")
    team.respond(request, "approved")
    ann.act(request, "reply", user_reply="thanks")
    return team.act(request, "fulfill")


def test_the_same_as_on_a_socket(own_tenant, connect):
    ann, team = own_tenant.subscriber(), own_tenant.team_member()
    users = [ann, team, own_tenant.creator]
    sockets = [connect(user) for user in users]
    cursors = [fresh(user) for user in users]
    assert cursors == [socket.cursor for socket in sockets], "one kind of cursor"
    last = act(own_tenant, ann)
    for user, socket, cursor in zip(users, sockets, cursors):
        messages, end = everything(user, cursor)
        seen = socket.until(update_of(last))
        seen += socket.events(len(messages) - len(seen))
        assert messages == seen
        socket.quiet()
        assert everything(user, end) == ([], end)


def test_from_any_message_on(own_tenant):
    ann = own_tenant.subscriber()
    start = fresh(ann)
    act(own_tenant, ann)
    messages, _ = everything(ann, start)
    for position, message in enumerate(messages):
        assert everything(ann, message["cursor"])[0] == messages[position + 1 :]


def test_a_socket_goes_on_from_it_and_back(own_tenant, connect):
    ann = own_tenant.subscriber()
    start = fresh(ann)
    request = ann.create()
    socket = connect(ann, start)
    assert socket.initial["recovered"] is True
    socket.until(update_of(request))
    middle = socket.event()["cursor"]
    changed = own_tenant.creator.respond(request, "approved")
    assert everything(ann, middle)[0][0]["book_request"] == changed


def test_long_ones_in_pages(own_tenant):
    ann, admin = own_tenant.subscriber(), own_tenant.creator
    start, request = fresh(ann), ann.create()
    path, sent = f"{API}/{request['id']}/respond", 260
    for _ in range(sent):
        assert admin.api.post(path, {"status": "approved"}).status == 200
    first = ask(ann, start)
    assert len(first["messages"]) == 500 and first["recovered"] is True
    messages, _ = everything(ann, start)
    versions = [message["book_request"]["version"] for message in messages if message["type"] == "book_request_update"]
    assert versions == list(range(1, sent + 2))
    assert len({message["cursor"] for message in messages}) == len(messages) == 2 + 2 * sent


def test_a_team_change_in_between(own_tenant):
    ann, bob = own_tenant.subscriber(), own_tenant.subscriber()
    start = fresh(ann)
    bob.create()
    own = ann.create()
    own_tenant.join(ann)
    other = bob.create()
    messages, end = everything(ann, start)
    assert [message["book_request"] for message in messages if message["type"] == "book_request_update"] == [own, other]
    own_tenant.leave(ann)
    bob.create()
    assert everything(ann, end)[0] == []
    own_tenant.join(ann)
    lost(ann, end)


@pytest.mark.parametrize("cursor", ["x", "0", "-", "a-b-c-d", "' OR 1=1", "9" * 200, "%00"])
def test_what_is_no_cursor(subscriber, cursor):
    lost(subscriber, cursor)


def test_cursors_of_somebody_else_and_from_the_future(tenant, subscriber):
    other = tenant.subscriber()
    lost(subscriber, fresh(other))
    epoch, user, membership, number = fresh(subscriber).split("-")
    lost(subscriber, f"{epoch}-{user}-{membership}-{int(number) + 1}")
    lost(subscriber, f"{epoch}-{user}-{int(membership) + 1}-{number}")
    lost(subscriber, f"{'0' * len(epoch)}-{user}-{membership}-{number}")


def test_refusals(stack, subscriber):
    check_problem(Client(stack).get(API + "/events", {"cursor": "x"}), 401, "unauthenticated")
    check_problem(subscriber.api.request("GET", API + "/events?cursor=1&cursor=2"), 400, "bad_request")
    check_problem(subscriber.api.request("GET", API + "/events?cursor=%4"), 400, "bad_request")
    check_problem(subscriber.api.post(API + "/events"), 405, "method_not_allowed")
