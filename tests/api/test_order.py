"""Which refusal comes first when a request earns several: path and method, 401, cross_origin, role, 413, 415, 400, 422, key, 404, not_owner, 409, quota."""

import pytest

from support.checks import API, check_problem
from support.http import Client
from support.people import unique

BIG = b"status=" + b"x" * 70000
NOWHERE = API + "/999999999999"


@pytest.fixture(scope="module")
def reader(tenant):
    return tenant.subscriber()


@pytest.fixture(scope="module")
def cookie_reader(stack, reader):
    """The reader with a cookie, on a page of another site."""
    return Client(stack, cookie=reader.token, headers={"Sec-Fetch-Site": "cross-site"})


def test_path_before_session(stack):
    nobody = Client(stack)
    check_problem(nobody.get("/api/nothing"), 404, "not_found")
    check_problem(nobody.send("/api/nothing", "text/plain", BIG), 404, "not_found")
    check_problem(nobody.request("DELETE", API + "/quota"), 405, "method_not_allowed")
    check_problem(nobody.send(API + "/quota", "text/plain", BIG), 405, "method_not_allowed")


def test_session_before_the_rest(stack):
    stale = Client(stack, cookie="1.unknown", headers={"Sec-Fetch-Site": "cross-site"})
    check_problem(stale.post(NOWHERE + "/respond", {"status": "x"}), 401, "unauthenticated")
    for content_type, body in (("application/x-www-form-urlencoded", BIG), ("text/plain", b"x"), ("application/json", b"{"), ("application/json", b"{}")):
        check_problem(Client(stack).send(NOWHERE + "/respond", content_type, body), 401, "unauthenticated")


def test_origin_before_role(cookie_reader):
    check_problem(cookie_reader.post(NOWHERE + "/respond", {"status": "approved"}), 403, "cross_origin")
    check_problem(cookie_reader.send(API + "/", "text/plain", BIG), 403, "cross_origin")


def test_role_before_body(reader):
    for content_type, body in (("application/x-www-form-urlencoded", BIG), ("text/plain", b"x"), ("application/json", b"{"), ("application/json", b"{}")):
        check_problem(reader.api.send(NOWHERE + "/respond", content_type, body), 403, "forbidden")
    check_problem(reader.api.get(API + "/admin", {"limit": "x"}), 403, "forbidden")
    check_problem(reader.api.request("GET", API + "/admin?limit=%zz"), 403, "forbidden")


def test_size_before_type(team):
    check_problem(team.api.send(NOWHERE + "/respond", "text/plain", BIG), 413, "too_large")


def test_type_before_reading(team):
    check_problem(team.api.send(NOWHERE + "/respond", "text/plain", b"%zz"), 415, "unsupported_media_type")


def test_reading_before_fields(team):
    check_problem(team.api.send(NOWHERE + "/respond", "application/x-www-form-urlencoded", b"status=x&y=%zz"), 400, "bad_request")


def test_fields_before_the_key_and_the_thing(team):
    check_problem(team.api.post(NOWHERE + "/respond", {"status": "x"}), 422, "invalid", "status")
    key = unique("key")
    assert team.api.post(API + "/", {"title": unique("Book"), "author": "A"}, key=key).status == 201
    check_problem(team.api.post(NOWHERE + "/respond", {"status": "x"}, key=key), 422, "invalid", "status")
    check_problem(team.api.post(NOWHERE + "/respond", {"status": "x"}, key="not visible"), 422, "invalid", "status", "Idempotency-Key")


def test_key_before_the_thing(team):
    key = unique("key")
    assert team.api.post(API + "/", {"title": unique("Book"), "author": "A"}, key=key).status == 201
    check_problem(team.api.post(NOWHERE + "/accept", key=key), 422, "idempotency_mismatch")


def test_thing_before_owner_before_state(tenant, team, reader):
    request = tenant.subscriber().create()
    check_problem(reader.api.post(f"{API}/{request['id']}/reply", {"user_reply": "x"}), 404, "not_found")
    check_problem(team.api.post(f"{API}/{request['id']}/reply", {"user_reply": "x"}), 403, "not_owner")


def test_state_before_quota(tenant, subscriber):
    fields = {"title": "Middlemarch", "author": "George Eliot"}
    assert subscriber.api.post(API + "/", fields).status == 201
    tenant.allowance(subscriber, 1)
    check_problem(subscriber.api.post(API + "/", fields), 409, "duplicate_request")
    check_problem(subscriber.api.post(API + "/", {**fields, "allow_duplicate": "true"}), 403, "quota_exceeded")
