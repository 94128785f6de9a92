"""Team changes on sockets that are open, and what a cursor is worth after them."""

from support.live import update_of


def updates(events):
    return [event["book_request"] for event in events if event["type"] == "book_request_update"]


def test_joining_with_an_open_socket(own_tenant, connect):
    ann, bob = own_tenant.subscriber("ann"), own_tenant.subscriber("bob")
    socket = connect(ann)
    before, own = bob.create(), ann.create()
    own_tenant.join(ann)
    requests = [bob.create(), bob.create(), ann.create()]
    seen = updates(socket.until(update_of(requests[-1])))
    assert seen == [own, *requests], "from the moment of joining, and nothing of before"
    assert before not in seen
    assert [event["type"] for event in socket.events(2)] == ["quota_update", "pending_count_update"]
    assert socket.refresh("pending")["pending_count"] == 5


def test_leaving_with_an_open_socket(own_tenant, connect):
    team, bob = own_tenant.team_member(), own_tenant.subscriber("bob")
    socket, witness = connect(team), connect(own_tenant.creator)
    seen = bob.create()
    own_tenant.leave(team)
    hidden, own = bob.create(), team.create()
    assert updates(socket.until(update_of(own))) == [seen, own]
    assert updates(witness.until(update_of(own))) == [seen, hidden, own]
    assert socket.event()["type"] == "quota_update"
    socket.send({"type": "refresh_pending"})
    socket.quiet()


def test_back_and_forth_with_an_open_socket(own_tenant, connect):
    ann, bob = own_tenant.subscriber("ann"), own_tenant.subscriber("bob")
    socket = connect(ann)
    expected = []
    for _ in range(3):
        bob.create()
        expected.append(ann.create())
        assert updates(socket.until(update_of(expected[-1]))) == expected[-1:]
        own_tenant.join(ann)
        inside = [bob.create(), ann.create()]
        assert updates(socket.until(update_of(inside[-1]))) == inside
        own_tenant.leave(ann)


def test_an_admins_own_frames_after_joining(own_tenant, connect):
    """Quota and notifications follow the user from one stream into the other."""
    ann = own_tenant.subscriber("ann")
    socket = connect(ann)
    own_tenant.join(ann)
    request = ann.create()
    request = own_tenant.creator.respond(request, "rejected")
    events = socket.until(update_of(request)) + socket.events(3)
    kinds = [event["type"] for event in events if event["type"] != "pending_count_update"]
    assert kinds == ["book_request_update", "quota_update", "book_request_update", "notification", "quota_update"]
    assert [event["quota"]["requests_used"] for event in events if event["type"] == "quota_update"] == [1, 0]


def test_a_cursor_from_before_joining(own_tenant, connect):
    ann, bob = own_tenant.subscriber("ann"), own_tenant.subscriber("bob")
    cursor = connect(ann).cursor
    bob.create()
    own = ann.create()
    own_tenant.join(ann)
    other = bob.create()
    socket = connect(ann, cursor)
    assert socket.initial["recovered"] is True and socket.initial["cursor"] == cursor
    newest = bob.create()
    assert updates(socket.until(update_of(newest))) == [own, other, newest]


def test_a_cursor_from_before_an_interruption(own_tenant, connect):
    team, bob = own_tenant.team_member(), own_tenant.subscriber("bob")
    cursor = connect(team).cursor
    bob.create()
    own_tenant.leave(team)
    bob.create()
    own_tenant.join(team)
    socket = connect(team, cursor)
    assert socket.initial["recovered"] is False
    newest = bob.create()
    assert updates(socket.until(update_of(newest))) == [newest]


def test_adding_twice_and_removing_nobody(own_tenant, connect):
    team, bob = own_tenant.team_member(), own_tenant.subscriber("bob")
    cursor = connect(team).cursor
    first = bob.create()
    own_tenant.join(team)
    socket = connect(team, cursor)
    assert socket.initial["recovered"] is True, "adding a member again interrupts nothing"
    assert updates(socket.until(update_of(first))) == [first]


def test_a_new_admins_other_sockets(own_tenant, connect):
    ann, bob = own_tenant.subscriber("ann"), own_tenant.subscriber("bob")
    sockets = [connect(ann) for _ in range(3)]
    own_tenant.join(ann)
    request = bob.create()
    seen = [socket.until(update_of(request))[-1] for socket in sockets]
    assert seen[0] == seen[1] == seen[2]
