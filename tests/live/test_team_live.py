"""Team changes and lockouts by the creator, on sockets that are open."""

import json

import pytest

from support.live import Refused, Socket, update_of


def join(tenant, user):
    assert tenant.creator.api.post("/api/team/add", {"user_id": user.id}).status == 200


def leave(tenant, user):
    assert tenant.creator.api.request("DELETE", f"/api/team/{user.id}").status == 204


def updates(events):
    return [event["book_request"] for event in events if event["type"] == "book_request_update"]


def test_joining(own_tenant, connect):
    ann, bob = own_tenant.subscriber(), own_tenant.subscriber()
    sockets = [connect(ann), connect(ann)]
    before = bob.create()
    join(own_tenant, ann)
    after = [bob.create(), own_tenant.creator.act(before, "accept")]
    for socket in sockets:
        assert updates(socket.until(update_of(after[-1]))) == after, "from the moment of joining"
        assert socket.refresh("pending")["pending_count"] == 2


def stream(cursor):
    return cursor.rpartition("-")[0]


def test_a_heartbeat_brings_the_new_membership(own_tenant, connect):
    """Before anything else happens: the pages see by its cursor that the role is another one."""
    ann = own_tenant.subscriber()
    socket = connect(ann)
    known = stream(socket.initial["cursor"])
    for change in (join, leave):
        change(own_tenant, ann)
        frame = json.loads(socket.text())
        assert frame.keys() == {"type", "cursor"} and frame["type"] == "heartbeat" and stream(frame["cursor"]) != known
        known = stream(frame["cursor"])
        again = connect(ann, cursor=frame["cursor"])
        assert again.initial["recovered"]
        again.quiet()


def test_so_it_does_on_coming_back(own_tenant, connect):
    ann = own_tenant.subscriber()
    cursor = connect(ann).cursor
    join(own_tenant, ann)
    back = connect(ann, cursor=cursor)
    assert back.initial["recovered"] and back.initial["cursor"] == cursor
    frame = json.loads(back.text())
    assert frame["type"] == "heartbeat" and stream(frame["cursor"]) != stream(cursor)


def test_leaving(own_tenant, connect):
    team, bob = own_tenant.team_member(), own_tenant.subscriber()
    socket = connect(team)
    seen = bob.create()
    leave(own_tenant, team)
    bob.create()
    own = team.create()
    assert updates(socket.until(update_of(own))) == [seen, own]
    socket.event()
    socket.send({"type": "refresh_pending"})
    socket.quiet()


def test_there_and_back(own_tenant, connect):
    ann, bob = own_tenant.subscriber(), own_tenant.subscriber()
    socket = connect(ann)
    for _ in range(3):
        bob.create()
        join(own_tenant, ann)
        inside = [bob.create(), ann.create()]
        assert updates(socket.until(update_of(inside[-1]))) == inside
        leave(own_tenant, ann)
        bob.create()
        outside = ann.create()
        assert updates(socket.until(update_of(outside))) == [outside]


def test_locked_out(own_tenant, connect):
    ann, team, bob = own_tenant.subscriber(), own_tenant.team_member(), own_tenant.subscriber()
    sockets, witness = [connect(ann), connect(ann), connect(team)], connect(bob)
    for user in (ann, team):
        assert own_tenant.creator.api.post(f"/api/users/{user.id}/deactivate").status == 204
    for socket in sockets:
        assert socket.ended("unauthenticated")["retry_ms"] is None
    for user in (ann, team):
        with pytest.raises(Refused) as refusal:
            Socket(user.stack, {"Authorization": f"Bearer {user.token}"}, user_id=user.id)
        assert refusal.value.status == 401
    witness.quiet()


def test_nothing_reaches_who_was_locked_out(own_tenant, connect):
    """His requests go on without him, and are there when he is let in again."""
    ann = own_tenant.subscriber()
    request, socket = ann.create(), connect(ann)
    cursor = socket.cursor
    own_tenant.creator.api.post(f"/api/users/{ann.id}/deactivate")
    socket.ended("unauthenticated")
    changed = own_tenant.creator.respond(request, "approved")
    own_tenant.creator.api.post(f"/api/users/{ann.id}/activate")
    del ann.token
    socket = connect(ann, cursor)
    assert socket.initial["recovered"] is True
    assert updates(socket.until(update_of(changed))) == [changed]


def test_activating_says_nothing_to_sockets(own_tenant, connect):
    ann = own_tenant.subscriber()
    socket = connect(ann)
    assert own_tenant.creator.api.post(f"/api/users/{ann.id}/activate").status == 204
    request = ann.create()
    assert updates(socket.until(update_of(request))) == [request]
