"""Coming back with a cursor: everything since, once, in order; or a plain `recovered: false`."""

import pytest

from support.live import summary, update_of
from support.people import Tenant


class Past:
    """What a subscriber and an admin saw live of eight changes."""

    def __init__(self, stack, connect):
        self.tenant = Tenant(stack)
        self.ann = self.tenant.subscriber("ann")
        self.team = self.tenant.team_member()
        sockets = [connect(self.ann), connect(self.team)]
        self.start = {socket.user: socket.cursor for socket in sockets}
        request = self.ann.create(description="x" * 5000)
        self.team.act(request, "accept")
        self.team.respond(request, "approved")
        self.ann.act(request, "reply", user_reply="thanks")
        self.tenant.creator.act(request, "fulfill")
        other = self.ann.create()
        self.team.respond(other, "rejected")
        last = self.team.respond(other, "pending")
        self.quota = self.ann.quota()
        self.seen = {}
        for socket in sockets:
            self.seen[socket.user] = socket.until(update_of(last))
            self.seen[socket.user] += socket.events(2 if socket.user is self.ann else 1)


@pytest.fixture
def past(stack, connect):
    return Past(stack, connect)


def recovered(socket, cursor):
    assert socket.initial["recovered"] is True, socket.initial
    assert socket.initial["cursor"] == cursor, "the position that the following frames go on from is the client's own"


def test_everything_since_is_replayed_as_it_was(past, connect):
    for user in (past.ann, past.team):
        socket = connect(user, past.start[user])
        recovered(socket, past.start[user])
        assert socket.events(len(past.seen[user])) == past.seen[user]
        socket.quiet()


def test_from_any_frame_on(past, connect):
    """Also from between two frames of one commit."""
    for user in (past.ann, past.team):
        for position, frame in enumerate(past.seen[user]):
            socket = connect(user, frame["cursor"])
            recovered(socket, frame["cursor"])
            rest = past.seen[user][position + 1 :]
            assert socket.events(len(rest)) == rest
            socket.quiet()
            socket.close()


def test_initial_numbers_are_the_present_ones(past, connect):
    initial = connect(past.ann, past.start[past.ann]).initial
    assert initial["quota"] == past.quota and initial["unread_count"] == 5
    initial = connect(past.team, past.start[past.team]).initial
    assert (initial["pending_count"], initial["unread_count"]) == (1, 1)


def test_live_goes_on_after_the_replay(past, connect):
    sockets = [connect(user, past.start[user]) for user in (past.ann, past.team)]
    request = past.ann.create()
    for socket in sockets:
        events = socket.until(update_of(request))
        assert events[:-1] == past.seen[socket.user]


def test_a_client_that_was_away(past, connect):
    """Twice, once with a close frame and once without."""
    socket = connect(past.ann, past.seen[past.ann][-1]["cursor"])
    for end in (socket.close, socket.drop):
        end()
        requests = [past.ann.create() for _ in range(3)]
        cursor = socket.cursor
        socket = connect(past.ann, cursor)
        recovered(socket, cursor)
        events = socket.events(6)
        assert [event["book_request"] for event in events[::2]] == requests
        socket.quiet()


def test_the_current_cursor(past, connect):
    for user in (past.ann, past.team):
        cursor = connect(user).initial["cursor"]
        assert cursor == past.seen[user][-1]["cursor"]
        socket = connect(user, cursor)
        recovered(socket, cursor)
        socket.quiet()


def test_a_cursor_serves_more_than_once(past, connect):
    for _ in range(3):
        socket = connect(past.ann, past.start[past.ann])
        assert socket.events(len(past.seen[past.ann])) == past.seen[past.ann]


def test_a_long_absence(tenant, connect):
    """More than one page of what the application hands out at once."""
    ann = tenant.subscriber()
    start = connect(ann).cursor
    requests = [ann.create(description="\U0001f4da" * 1000) for _ in range(80)]
    socket = connect(ann, start)
    recovered(socket, start)
    newest = ann.create()
    events = socket.until(update_of(newest))
    assert [event["book_request"] for event in events if event["type"] == "book_request_update"] == [*requests, newest]
    assert [event["quota"]["requests_used"] for event in events if event["type"] == "quota_update"] == list(range(1, 81))


def unreadable(socket, past):
    """Not recovered, nothing replayed, and live from now on."""
    assert socket.initial["recovered"] is False
    assert socket.initial["cursor"] == past.seen[socket.user][-1]["cursor"], "the snapshot's"
    socket.quiet()


@pytest.mark.parametrize("cursor", ["garbage", " ", "0", "-", "----", "x" * 1000, "\0", "\xff", "'", "1-1-1-1", "../../x", "null", "%"], ids=range(13))
def test_unreadable_cursors(stack, connect, cursor):
    ann = Tenant(stack).subscriber()
    socket = connect(ann, cursor)
    assert socket.initial["recovered"] is False
    request = ann.create()
    assert [summary(event) for event in socket.events(2)] == [("book_request_update", "created", request["id"], 1), ("quota_update", 1)]


def test_no_cursor(past, connect):
    unreadable(connect(past.ann, ""), past)
    unreadable(connect(past.ann), past)


def test_cursors_of_others(past, second_tenant, connect):
    unreadable(connect(past.ann, past.start[past.team]), past)
    unreadable(connect(past.team, past.start[past.ann]), past)
    unreadable(connect(past.team, connect(past.tenant.creator).cursor), past)
    for stranger in (second_tenant.creator, second_tenant.subscriber()):
        unreadable(connect(past.team, connect(stranger).cursor), past)


def parts(cursor):
    """docs/design.md: EPOCH-USER-MEMBERSHIP-SEQ."""
    epoch, user, membership, sequence = cursor.split("-")
    return epoch, user, membership, int(sequence)


def test_cursors_from_the_future(past, connect):
    for user in (past.ann, past.team):
        epoch, owner, membership, sequence = parts(past.seen[user][-1]["cursor"])
        for ahead in (sequence + 1, sequence + 1000, 2**63 - 1, 2**63, 10**30):
            unreadable(connect(user, f"{epoch}-{owner}-{membership}-{ahead}"), past)
        unreadable(connect(user, f"{epoch}-{owner}-{int(membership) + 1}-{sequence}"), past)


def test_cursors_that_are_nearly_right(past, connect):
    start = past.start[past.ann]
    epoch, owner, membership, sequence = parts(start)
    for cursor in (start + "x", start + "-", start + "-1", f"{epoch}-{owner}-{membership}-+{sequence}", f"{epoch}-{owner}-{membership}-0{sequence}",
                   f"{epoch}-{owner}-{membership}--1", f"{epoch}-0{owner}-{membership}-{sequence}", f"{epoch}-{owner}-{membership}-", start + "\0"):  # fmt: skip
        unreadable(connect(past.ann, cursor), past)


def test_cursors_of_another_incarnation(past, connect):
    epoch, owner, membership, sequence = parts(past.start[past.ann])
    other = ("0" if epoch[0] != "0" else "1") + epoch[1:]
    unreadable(connect(past.ann, f"{other}-{owner}-{membership}-{sequence}"), past)
