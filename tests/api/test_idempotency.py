"""Idempotency-Key: the same request said twice happens once."""

import pytest

from support.checks import API, check_problem, check_quota
from support.http import Client, own_address
from support.parallel import at_once
from support.people import unique


@pytest.fixture
def key():
    return unique("key")


@pytest.fixture
def book():
    return {"title": unique("Book"), "author": "A", "description": "d"}


def create(user, book, key, **options):
    return user.api.post(API + "/", book, key=key, **options)


def check_replay(first, again):
    assert first.status in (200, 201) and first.headers.get("Idempotency-Replayed") is None, first
    assert again.status == first.status and again.json == first.json, (first, again)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Content-Type"] == first.headers["Content-Type"]


def test_replay(subscriber, key, book):
    first = create(subscriber, book, key)
    for _ in range(2):
        check_replay(first, create(subscriber, book, key))
    check_quota(subscriber.quota(), used=1)


def test_several_keys_of_one_user(subscriber, key):
    books = [{"title": f"Book {number}", "author": "A"} for number in range(3)]
    firsts = [create(subscriber, book, f"{key}-{number}") for number, book in enumerate(books)]
    for number in (1, 0, 2):
        check_replay(firsts[number], create(subscriber, books[number], f"{key}-{number}"))
    check_quota(subscriber.quota(), used=3)


def test_replay_is_the_first_answer_even_when_things_moved_on(team, subscriber, key, book):
    first = create(subscriber, book, key)
    team.respond(first.json["book_request"], "rejected")
    check_replay(first, create(subscriber, book, key))


@pytest.mark.parametrize("again", ["form", "multipart", "json"])
@pytest.mark.parametrize("first", ["form", "multipart", "json"])
def test_the_same_fields_in_another_encoding(subscriber, key, book, first, again):
    check_replay(create(subscriber, book, key, encoding=first), create(subscriber, book, key, encoding=again))


def test_the_same_fields_in_another_order_and_spelling(subscriber, key):
    first = subscriber.api.send(API + "/", "application/x-www-form-urlencoded", b"title=A+b&author=C", key)
    check_replay(first, subscriber.api.send(API, "application/x-www-form-urlencoded", b"author=%43&title=A%20b", key))


def test_actions(team, subscriber, book, key):
    request = subscriber.create()
    for action, fields in (("accept", {}), ("respond", {"status": "approved", "response_message": "m"}), ("fulfill", {})):
        path, own = f"{API}/{request['id']}/{action}", f"{key}-{action}"
        first = team.api.post(path, fields, key=own)
        check_replay(first, team.api.post(path, fields, key=own))
    assert subscriber.api.get(f"{API}/{request['id']}").json["book_request"]["version"] == 4
    path = f"{API}/{request['id']}/reply"
    first = subscriber.api.post(path, {"user_reply": "r"}, key=key)
    check_replay(first, subscriber.api.post(path, {"user_reply": "r"}, key=key))


def test_a_replayed_rejection_refunds_once(team, subscriber, key):
    request = subscriber.create()
    path = f"{API}/{request['id']}/respond"
    first = team.api.post(path, {"status": "rejected"}, key=key)
    assert first.json["refunded"] is True
    check_replay(first, team.api.post(path, {"status": "rejected"}, key=key))
    check_quota(subscriber.quota(), used=0)


@pytest.mark.parametrize("change", [{"title": "Another"}, {"description": ""}, {"description": "D"}, {"link": "http://example.org"}, {"allow_duplicate": "true"}], ids=str)
def test_other_fields_are_a_mismatch(subscriber, key, book, change):
    assert create(subscriber, book, key).status == 201
    check_problem(create(subscriber, {**book, **change}, key), 422, "idempotency_mismatch")
    check_quota(subscriber.quota(), used=1)


def test_another_path_is_a_mismatch(team, subscriber, key):
    one, two = subscriber.create(), subscriber.create()
    assert team.api.post(f"{API}/{one['id']}/accept", key=key).status == 200
    check_problem(team.api.post(f"{API}/{two['id']}/accept", key=key), 422, "idempotency_mismatch")
    check_problem(team.api.post(f"{API}/{one['id']}/fulfill", key=key), 422, "idempotency_mismatch")
    assert team.api.post(f"{API}/{two['id']}/accept").status == 200, "the mismatch changed nothing"


def test_keys_are_a_users_own(tenant, subscriber, key, book):
    first = create(subscriber, book, key)
    second = create(tenant.subscriber(), book, key)
    assert second.status == 201 and second.json["book_request"]["id"] != first.json["book_request"]["id"], second
    assert second.headers.get("Idempotency-Replayed") is None


def test_parallel_requests_wait_for_the_first(subscriber, key, book):
    answers = at_once(8, lambda _: create(subscriber, book, key))
    first, *others = sorted(answers, key=lambda answer: answer.headers.get("Idempotency-Replayed") is not None)
    for other in others:
        check_replay(first, other)
    check_quota(subscriber.quota(), used=1)


def test_parallel_requests_that_differ(subscriber, key):
    """One of them is the first; the others find its key."""
    answers = at_once(6, lambda number: create(subscriber, {"title": f"Book {number}", "author": "A"}, key))
    assert sorted(answer.status for answer in answers) == [201] + [422] * 5, answers
    for answer in answers:
        if answer.status == 422:
            check_problem(answer, 422, "idempotency_mismatch")
    check_quota(subscriber.quota(), used=1)


def test_a_failure_frees_the_key(tenant, subscriber, key, book):
    tenant.allowance(subscriber, 0)
    check_problem(create(subscriber, book, key), 403, "quota_exceeded")
    check_problem(create(subscriber, book, key), 403, "quota_exceeded")
    tenant.allowance(subscriber, 1)
    first = create(subscriber, book, key)
    check_replay(first, create(subscriber, book, key))


def test_any_failure_frees_the_key(team, subscriber, key, book):
    check_problem(create(subscriber, {"title": "T"}, key), 422, "invalid", "author")
    check_problem(subscriber.api.post(API + "/999999999999/reply", {"user_reply": "x"}, key=key), 404, "not_found")
    check_problem(subscriber.api.post(API + "/1/accept", key=key), 403, "forbidden")
    request = subscriber.create()
    check_problem(subscriber.api.post(f"{API}/{request['id']}/reply", {"user_reply": "x"}, key=key), 409, "no_response_yet")
    assert create(subscriber, book, key).status == 201


@pytest.mark.parametrize("key", ["a", "~", "!" * 255, "0f3a-key_1.x:y/z", '"quoted"'])
def test_keys(subscriber, key, book):
    check_replay(create(subscriber, book, key), create(subscriber, book, key))


@pytest.mark.parametrize("key", ["", "  ", "x" * 256, "a b", "a\tb", "ä".encode(), b"\x80", b"a\xff"], ids=range(8))
def test_keys_outside_their_form(subscriber, key, book):
    check_problem(create(subscriber, book, key), 422, "invalid", "Idempotency-Key")
    check_quota(subscriber.quota(), used=0)


def test_ignored_on_log_in(tenant, stack, key):
    user = tenant.subscriber(password="a password")
    client = Client(stack, source=own_address(), headers={"Sec-Fetch-Site": "same-origin"})
    answers = [client.post("/api/auth/login", {"username": user.name, "password": "a password"}, key=key) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].json["token"] != answers[1].json["token"]
    assert answers[1].headers.get("Idempotency-Replayed") is None


def test_ignored_where_nothing_changes(subscriber, key, book):
    assert create(subscriber, book, key).status == 201
    answer = subscriber.api.get(API + "/quota", headers={"Idempotency-Key": key})
    check_quota(answer.json, used=1)
    assert answer.headers.get("Idempotency-Replayed") is None


def test_ignored_on_delete(tenant, subscriber, key):
    creator = tenant.creator.api
    assert creator.post("/api/team/add", {"user_id": subscriber.id}, key=key).status == 200
    answer = creator.request("DELETE", f"/api/team/{subscriber.id}", headers={"Idempotency-Key": key})
    assert answer.status == 204 and answer.headers.get("Idempotency-Replayed") is None, answer
