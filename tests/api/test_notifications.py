"""What a user is told of others' doings: the list, and reading it."""

import pytest

from support.checks import API, NOTIFICATION_KEYS, check_problem, is_id, is_timestamp
from support.http import Client
from support.parallel import at_once
from support.people import unique

PATH = "/api/notifications"


def listed(user, **query):
    answer = user.api.get(PATH, query)
    assert answer.status == 200 and set(answer.json) == {"notifications", "unread_count", "next"}, answer
    for note in answer.json["notifications"]:
        assert set(note) == NOTIFICATION_KEYS and is_id(note["id"]) and is_timestamp(note["created_at"]), note
        assert isinstance(note["message"], str) and note["message"], note
        assert note["read_at"] is None or is_timestamp(note["read_at"]), note
    return answer.json


def notes(user, **query):
    return listed(user, **query)["notifications"]


def ids(user, **query):
    return [note["id"] for note in notes(user, **query)]


def read(user, encoding="form", **fields):
    answer = user.api.post(PATH + "/read", fields, encoding=encoding)
    assert answer.status == 200 and set(answer.json) == {"unread_count"}, answer
    return answer.json["unread_count"]


@pytest.fixture
def told(team, subscriber):
    """A subscriber with five notifications; their ids, newest first."""
    request = subscriber.create()
    for _ in range(5):
        team.respond(request, "approved")
    found = ids(subscriber)
    assert len(found) == 5
    return subscriber, found


def test_what_there_is(tenant, team, subscriber):
    assert listed(subscriber) == {"notifications": [], "unread_count": 0, "next": None}
    request = subscriber.create()
    team.act(request, "accept")
    team.respond(request, "approved", response_message="soon")
    subscriber.act(request, "reply", user_reply="thanks")
    team.act(request, "fulfill")
    team.respond(request, "rejected")
    kinds = [(note["kind"], note["book_request_id"], note["read_at"]) for note in notes(subscriber)]
    expected = ["request_responded", "request_fulfilled", "request_responded", "request_accepted"]
    assert kinds == [(kind, request["id"], None) for kind in expected], "newest first"
    assert listed(subscriber)["unread_count"] == 4
    (note,) = [note for note in notes(team) if note["book_request_id"] == request["id"]]
    assert note["kind"] == "reply_received", "the admin who responded"
    assert request["id"] not in [note["book_request_id"] for note in notes(tenant.creator)], "no other admin"
    when = [note["created_at"] for note in notes(subscriber)]
    assert when == sorted(when, reverse=True)


def test_nobody_is_told_of_his_own_doing(tenant):
    team = tenant.team_member()
    request = team.create()
    for action in ("accept", "fulfill"):
        team.respond(request, "approved")
        team.act(request, action)
    team.act(request, "reply", user_reply="to myself")
    assert listed(team)["notifications"] == []


@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
def test_read_some(told, encoding):
    user, found = told
    chosen = found[1:3]
    assert read(user, encoding, ids=chosen if encoding == "json" else ",".join(map(str, chosen))) == 3
    by_id = {note["id"]: note for note in notes(user)}
    assert [note for note in found if by_id[note]["read_at"]] == chosen
    assert ids(user, unread="true") == [found[0], *found[3:]]
    assert listed(user)["unread_count"] == 3 and len(by_id) == 5, "what was read is still there"


def test_read_again(told):
    user, found = told
    assert read(user, ids=found[0]) == 4
    first = notes(user)[0]
    assert read(user, ids=found[0]) == 4
    assert read(user, encoding="json", ids=[found[0], found[0], found[1]]) == 3
    assert notes(user)[0] == first, "the time of the first reading stays"


@pytest.mark.parametrize("encoding, value", [("form", "true"), ("form", "1"), ("multipart", "true"), ("json", True)])
def test_read_all(told, encoding, value):
    user, _ = told
    assert read(user, encoding, all=value) == 0
    assert all(note["read_at"] for note in notes(user)) and ids(user, unread="true") == []
    assert read(user, encoding, all=value) == 0


def test_all_and_ids(told):
    user, found = told
    assert read(user, encoding="json", ids=found[:1], all=False) == 4
    assert read(user, encoding="json", ids=found[:1], all=True) == 0


def test_no_ids_at_all(told):
    user, _ = told
    assert read(user, encoding="json", ids=[]) == 5


def test_ids_of_others_are_ignored(told, team, second_tenant):
    user, found = told
    stranger = second_tenant.subscriber()
    second_tenant.creator.respond(stranger.create(), "approved")
    (foreign,) = ids(stranger)
    assert read(user, encoding="json", ids=[foreign, 2**62, found[0]]) == 4
    assert listed(stranger)["unread_count"] == 1 and notes(stranger)[0]["read_at"] is None
    assert read(stranger, encoding="json", ids=found) == 1
    assert listed(user)["unread_count"] == 4


def test_counts_go_on_after_reading(told, team):
    user, _ = told
    assert read(user, all="true") == 0
    request = user.create()
    team.act(request, "accept")
    assert listed(user)["unread_count"] == 1 and len(ids(user, unread="true")) == 1


def test_pages(told):
    user, found = told
    first = listed(user, limit=2)
    assert [note["id"] for note in first["notifications"]] == found[:2] and first["next"] is not None
    second = listed(user, limit=2, before=first["next"])
    assert [note["id"] for note in second["notifications"]] == found[2:4]
    last = listed(user, limit=2, before=second["next"])
    assert [note["id"] for note in last["notifications"]] == found[4:] and last["next"] is None
    assert listed(user, limit=5)["next"] is None
    assert first["unread_count"] == last["unread_count"] == 5, "of all of them"


def test_pages_of_unread_ones(told):
    user, found = told
    read(user, encoding="json", ids=[found[1], found[3]])
    first = listed(user, unread="true", limit=2)
    assert [note["id"] for note in first["notifications"]] == [found[0], found[2]]
    assert ids(user, unread="1", limit=2, before=first["next"]) == [found[4]]


@pytest.mark.parametrize("value", ["false", "0", ""])
def test_unread_switched_off(told, value):
    user, found = told
    read(user, ids=found[0])
    assert ids(user, unread=value) == found


@pytest.mark.parametrize(
    "name, value",
    [("unread", value) for value in ("yes", "2", "TRUE", "x")] + [("limit", value) for value in ("0", "501", "x", "-1")] + [("before", value) for value in ("x", "-1", "1.5")],
)
def test_bad_queries(subscriber, name, value):
    check_problem(subscriber.api.get(PATH, {name: value}), 422, "invalid", name)


@pytest.mark.parametrize("fields", [{}, {"ids": ""}, {"all": "false"}, {"all": ""}, {"ids": " ", "all": "0"}])
def test_reading_nothing(subscriber, fields):
    problem = check_problem(subscriber.api.post(PATH + "/read", fields), 422, "invalid")
    assert {error["field"] for error in problem["errors"]} <= {"ids", "all"}


@pytest.mark.parametrize("value", ["x", "1,x", "0", "-1", "1,,2", ",", "1;2", "9" * 30, "1.5"])
def test_bad_ids(told, value):
    user, _ = told
    check_problem(user.api.post(PATH + "/read", {"ids": value}), 422, "invalid", "ids")
    assert listed(user)["unread_count"] == 5


@pytest.mark.parametrize("value", [["1"], [1.5], [True], [None], [0], [-1], [[1]], {"1": 1}, True, 1.5])
def test_bad_ids_in_json(told, value):
    user, _ = told
    check_problem(user.api.post(PATH + "/read", {"ids": value}, encoding="json"), 422, "invalid", "ids")


@pytest.mark.parametrize("encoding, value", [("form", "yes"), ("json", 1), ("json", "maybe"), ("json", [])])
def test_bad_all(subscriber, encoding, value):
    check_problem(subscriber.api.post(PATH + "/read", {"all": value}, encoding=encoding), 422, "invalid", "all")


def test_many_ids(told):
    user, found = told
    assert read(user, encoding="json", ids=[*range(2**50, 2**50 + 3000), *found]) == 0


def test_idempotency(told):
    user, found = told
    key = unique("key")
    first = user.api.post(PATH + "/read", {"ids": found[0]}, key=key)
    read(user, all="true")
    again = user.api.post(PATH + "/read", {"ids": found[0]}, key=key)
    assert again.json == first.json == {"unread_count": 4} and again.headers["Idempotency-Replayed"] == "true"


def test_nobody(stack):
    check_problem(Client(stack).get(PATH), 401, "unauthenticated")
    check_problem(Client(stack).post(PATH + "/read", {"all": "true"}), 401, "unauthenticated")


def test_reading_while_more_arrive(told, team):
    user, found = told
    request = user.create()

    def act(number):
        if number % 2:
            return read(user, encoding="json", ids=found[: number // 2])
        return team.respond(request, "approved")["version"]

    at_once(10, act)
    assert listed(user)["unread_count"] == len(ids(user, unread="true")) == 5 + 5 - 4
