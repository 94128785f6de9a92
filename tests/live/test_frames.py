"""The frames of each action: to whom, in which order, and that they say what the REST answer said."""

import pytest

from support.checks import API
from support.flood import largest_request
from support.live import Socket, summary, update_of
from support.people import Tenant

UPDATE, QUOTA, PENDING, NOTE = "book_request_update", "quota_update", "pending_count_update", "notification"


class Room:
    """A creator, a team member and a subscriber, each with two open sockets."""

    def __init__(self, stack, connect):
        self.tenant = Tenant(stack)
        self.creator = self.tenant.creator
        self.team = self.tenant.team_member()
        self.ann = self.tenant.subscriber("ann")
        self.connect = connect
        self.sockets = {user: [connect(user), connect(user)] for user in (self.creator, self.team, self.ann)}

    def expect(self, request, action, owner=(), creator=(), team=()):
        """Reads the update and these frames after it on every socket, and checks that a user's sockets show the same."""
        update = (UPDATE, action, request["id"], request["version"])
        for person, frames in ((self.ann, owner), (self.creator, creator), (self.team, team)):
            seen = []
            for socket in self.sockets[person]:
                events = socket.events(1 + len(frames))
                assert [summary(event) for event in events] == [update, *frames]
                assert events[0]["book_request"] == request, "what the REST answer said"
                assert len({event["cursor"] for event in events}) == len(events), "two frames have two cursors"
                seen.append(events)
            assert seen[0] == seen[1]

    def quiet(self):
        for sockets in self.sockets.values():
            for socket in sockets:
                socket.quiet()


@pytest.fixture
def room(stack, connect):
    return Room(stack, connect)


def note(kind, request, unread):
    return NOTE, kind, request["id"], unread


def test_a_request_from_beginning_to_end(room):
    request = room.ann.create()
    room.expect(request, "created", owner=[(QUOTA, 1)], creator=[(PENDING, 1)], team=[(PENDING, 1)])
    request = room.team.act(request, "accept")
    room.expect(request, "accepted", owner=[note("request_accepted", request, 1)])
    request = room.team.respond(request, "approved", response_message="yes")
    room.expect(request, "status_changed", owner=[note("request_responded", request, 2)], creator=[(PENDING, 0)], team=[(PENDING, 0)])
    request = room.ann.act(request, "reply", user_reply="thanks")
    room.expect(request, "reply_added", team=[note("reply_received", request, 1)])
    request = room.creator.act(request, "fulfill")
    room.expect(request, "status_changed", owner=[note("request_fulfilled", request, 3)])
    room.quiet()


def test_rejection_and_change_of_mind(room):
    first, second = room.ann.create(), room.ann.create()
    room.expect(first, "created", owner=[(QUOTA, 1)], creator=[(PENDING, 1)], team=[(PENDING, 1)])
    room.expect(second, "created", owner=[(QUOTA, 2)], creator=[(PENDING, 2)], team=[(PENDING, 2)])
    first = room.creator.respond(first, "rejected")
    room.expect(first, "status_changed", owner=[note("request_responded", first, 1), (QUOTA, 1)], creator=[(PENDING, 1)], team=[(PENDING, 1)])
    first = room.creator.respond(first, "rejected", response_message="no")
    room.expect(first, "status_changed", owner=[note("request_responded", first, 2)])
    first = room.team.respond(first, "pending")
    room.expect(first, "status_changed", owner=[note("request_responded", first, 3), (QUOTA, 2)], creator=[(PENDING, 2)], team=[(PENDING, 2)])
    first = room.team.respond(first, "pending")
    room.expect(first, "status_changed", owner=[note("request_responded", first, 4)])
    second = room.team.respond(second, "fulfilled")
    room.expect(second, "status_changed", owner=[note("request_responded", second, 5)], creator=[(PENDING, 1)], team=[(PENDING, 1)])
    room.quiet()


def test_an_admins_own_request_comes_once(room):
    """What concerns one admin alone goes to his sockets only, in the same stream."""
    request = room.team.create()
    for socket in room.sockets[room.team]:
        assert [summary(event) for event in socket.events(3)] == [(UPDATE, "created", request["id"], 1), (QUOTA, 1), (PENDING, 1)]
    for socket in room.sockets[room.creator]:
        assert [summary(event) for event in socket.events(2)] == [(UPDATE, "created", request["id"], 1), (PENDING, 1)]
    request = room.creator.respond(request, "rejected")
    for socket in room.sockets[room.team]:
        expected = [(UPDATE, "status_changed", request["id"], 2), note("request_responded", request, 1), (QUOTA, 0), (PENDING, 0)]
        assert [summary(event) for event in socket.events(4)] == expected
    for socket in room.sockets[room.creator]:
        assert [summary(event) for event in socket.events(2)] == [(UPDATE, "status_changed", request["id"], 2), (PENDING, 0)]
    room.quiet()


def test_nobody_is_notified_of_his_own_doing(room):
    request = room.team.create()
    request = room.team.act(request, "accept")
    request = room.team.respond(request, "approved")
    request = room.team.act(request, "reply", user_reply="to myself")
    request = room.team.act(request, "fulfill")
    updates = [(UPDATE, action, request["id"], version) for version, action in enumerate(("created", "accepted", "status_changed", "reply_added", "status_changed"), 1)]
    for socket in room.sockets[room.team]:
        expected = [updates[0], (QUOTA, 1), (PENDING, 1), updates[1], updates[2], (PENDING, 0), *updates[3:]]
        assert [summary(event) for event in socket.events(len(expected))] == expected
    for socket in room.sockets[room.creator]:
        expected = [updates[0], (PENDING, 1), updates[1], updates[2], (PENDING, 0), *updates[3:]]
        assert [summary(event) for event in socket.events(len(expected))] == expected
    room.quiet()


def test_the_reply_goes_to_the_admin_who_responded(room):
    request = room.ann.create()
    room.creator.respond(request, "approved")
    request = room.team.respond(request, "approved")
    request = room.ann.act(request, "reply", user_reply="thanks")
    for user, own in ((room.creator, []), (room.team, [note("reply_received", request, 1)])):
        for socket in room.sockets[user]:
            events = socket.until(lambda event: event.get("action") == "reply_added") + socket.events(len(own))
            assert [summary(event) for event in events][-1 - len(own) :] == [(UPDATE, "reply_added", request["id"], 4), *own]
    for user in (room.creator, room.team):
        for socket in room.sockets[user]:
            socket.quiet()


def test_refusals_are_silent(room):
    request = room.ann.create()
    for user, action, fields in ((room.team, "fulfill", {}), (room.ann, "reply", {"user_reply": "x"}), (room.ann, "respond", {"status": "approved"}), (room.team, "respond", {})):
        assert user.api.post(f"{API}/{request['id']}/{action}", fields).status >= 400
    room.expect(request, "created", owner=[(QUOTA, 1)], creator=[(PENDING, 1)], team=[(PENDING, 1)])
    request = room.team.act(request, "accept")
    room.expect(request, "accepted", owner=[note("request_accepted", request, 1)])


def test_a_replayed_answer_is_silent(room):
    fields = {"title": "Once", "author": "A"}
    answers = [room.ann.api.post(API + "/", fields, key="once") for _ in range(3)]
    request = answers[0].json["book_request"]
    room.expect(request, "created", owner=[(QUOTA, 1)], creator=[(PENDING, 1)], team=[(PENDING, 1)])
    request = room.team.act(request, "accept")
    room.expect(request, "accepted", owner=[note("request_accepted", request, 1)])


def test_other_subscribers_see_nothing(room):
    bob = room.tenant.subscriber("bob")
    socket = room.connect(bob)
    room.team.respond(room.ann.create(), "approved")
    request = bob.create()
    assert [summary(event) for event in socket.events(2)] == [(UPDATE, "created", request["id"], 1), (QUOTA, 1)]


@pytest.mark.parametrize("letter", ["x", "\U0001f4da", '"'], ids=["ascii", "emoji", "quote"])
def test_big_frames_arrive_whole(room, letter):
    """websocketd cuts lines of more than 4082 bytes into fragments."""
    for number, size in enumerate((1, 900, 1100, 1366, 3700, 4000, 5000), 1):
        request = room.ann.create(description=letter * size)
        room.expect(request, "created", owner=[(QUOTA, number)], creator=[(PENDING, 1)], team=[(PENDING, 1)])
        request = room.team.respond(request, "approved", response_message=letter * size)
        room.expect(request, "status_changed", owner=[note("request_responded", request, number)], creator=[(PENDING, 0)], team=[(PENDING, 0)])


def test_the_largest_frame(room):
    """More than the 64 KiB that a bridge holds for a slow client, and than a page of what it fetches."""
    request = largest_request(room.ann, room.team)
    cursor = room.sockets[room.ann][0].cursor
    expected = None
    for socket in (*room.sockets[room.ann], room.connect(room.ann, cursor)):
        events = socket.until(update_of(request))
        assert events[-1]["book_request"] == request and expected in (None, events)
        expected = events
    for user in (room.team, room.creator):
        for socket in (*room.sockets[user], room.connect(user, room.sockets[user][0].initial["cursor"])):
            assert socket.until(update_of(request))[-1]["book_request"] == request


def test_text_that_could_break_a_line_protocol(room):
    text = 'a\nb\r\nc\\n "quoted" </script>\u2028\u2029\x01\x7f {"cursor":"x"},"cursor":"y"}\n1 events 0 0 1 1\n0 {}'
    request = room.ann.create(title="T " + text, description=text)
    assert request["description"] == text
    room.expect(request, "created", owner=[(QUOTA, 1)], creator=[(PENDING, 1)], team=[(PENDING, 1)])


def test_a_socket_with_a_cookie_gets_the_same(stack, room):
    socket = Socket(stack, {"Cookie": f"bookreq_session={room.ann.token}"}, origin=stack.origin, user_id=room.ann.id)
    socket.frame(), socket.frame()
    room.ann.create()
    frames = [socket.frame(), socket.frame()]
    assert frames == room.sockets[room.ann][0].events(2)
    socket.close()
