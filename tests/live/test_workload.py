"""A random mixture of 200 actions, and what everybody must have seen of it."""

import random
import threading
from collections import defaultdict

import pytest

from support.checks import API
from support.live import summary, update_of
from support.model import Model
from support.parallel import at_once
from support.workload import Workload

ACTIONS = 200


@pytest.fixture
def load(stack):
    return Workload(stack, random.Random(20251105))


def test_one_after_the_other(load, connect):
    """Every socket shows exactly what the model says, in that order; one of them after coming back with a cursor many times."""
    model = Model(load.admins, load.subscribers)
    sockets = {user: [connect(user), connect(user)] for user in model.users}
    starts = {user: sockets[user][0].cursor for user in model.users}
    refused = 0
    for _ in range(ACTIONS):
        actor, action, answer = load.step()
        if answer.status >= 400:
            assert answer.status == 409, answer
            refused += 1
            continue
        request = answer.json["book_request"]
        load.keep(request)
        model.changed(actor, action, request)
    assert refused < ACTIONS / 2
    for user in model.users:
        expected = model.frames[user]
        assert expected
        first = [socket.events(len(expected)) for socket in sockets[user]]
        assert [summary(frame) for frame in first[0]] == expected
        assert first[0] == first[1]
        replayed = connect(user, starts[user])
        assert replayed.events(len(expected)) == first[0]
        for socket in (*sockets[user], replayed):
            socket.quiet()


def test_all_at_once(load, connect):
    """Order between requests is the server's to choose: but the same for everybody, and each change exactly once."""
    users = [*load.admins, *load.subscribers]
    sockets = {user: [connect(user), connect(user), connect(user)] for user in users}
    lock = threading.Lock()
    done = []

    def work(_):
        for _ in range(ACTIONS // 4):
            actor, action, answer = load.step()
            assert answer.status < 500, answer
            if answer.status < 300:
                with lock:
                    load.keep(answer.json["book_request"])
                    done.append((action, answer.json["book_request"]))

    at_once(4, work)
    bells = {user: user.create() if user is not load.admins[0] else None for user in users}
    bells[load.admins[0]] = bells[load.subscribers[-1]]
    done += [("create", bell) for user, bell in bells.items() if user is not load.admins[0]]
    seen = {user: [socket.until(update_of(bells[user])) for socket in sockets[user]] for user in users}
    for user in users:
        assert seen[user][0] == seen[user][1] == seen[user][2]
        check_audience(load, user, seen[user][0], done)


def check_audience(load, user, frames, done):
    """Each change that concerns the user exactly once, as answered, versions rising; numbers as they stand at the end."""
    updates = [frame["book_request"] for frame in frames if frame["type"] == "book_request_update"]
    last = updates[-1]
    told = {(request["id"], request["version"]): request for request in updates}
    assert len(told) == len(updates), "nothing twice"
    mine = [request for _, request in done if user in load.admins or request["user_id"] == user.id]
    later = [request for request in mine if (request["id"], request["version"]) not in told]
    assert all(request["id"] > last["id"] for request in later), "only what came after the last frame read may be missing"
    for request in mine:
        assert told.get((request["id"], request["version"]), request) == request
    assert len(told) == len(mine) - len(later)
    versions = defaultdict(int)
    for request in updates:
        assert request["version"] == versions[request["id"]] + 1, "in order, without a gap"
        versions[request["id"]] = request["version"]
    unread = [frame["unread_count"] for frame in frames if frame["type"] == "notification"]
    assert unread == list(range(1, len(unread) + 1))
    pending = [frame["pending_count"] for frame in frames if frame["type"] == "pending_count_update"]
    assert all(abs(a - b) == 1 for a, b in zip(pending, pending[1:]))


def test_what_is_stored_agrees(load):
    """After anything: used is what is not rejected, and the pending count is that of the list."""
    at_once(4, lambda _: [load.keep(answer.json["book_request"]) for *_, answer in (load.step() for _ in range(25)) if answer.status < 300])
    for user in load.subscribers:
        listed = user.api.get(API + "/", {"limit": 500}).json
        assert listed["quota"]["requests_used"] == sum(request["status"] != "rejected" for request in listed["book_requests"])
    queue = load.admins[0].api.get(API + "/admin", {"limit": 500}).json
    counts = {status: sum(request["status"] == status for request in queue["book_requests"]) for status in queue["counts"]}
    assert queue["counts"] == counts and queue["pending_count"] == counts["pending"] and queue["total"] == len(queue["book_requests"])
