"""POST respond, accept and fulfill: what admins do to a request."""

import pytest

from support.checks import API, check_problem, check_quota, check_request, is_timestamp
from support.parallel import at_once

STATUSES = ["pending", "approved", "rejected", "fulfilled"]
MESSAGE = "Gerne! \U0001f600"


@pytest.fixture
def request_(subscriber):
    return subscriber.create()


@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
def test_respond(team, request_, encoding):
    answer = team.api.post(f"{API}/{request_['id']}/respond", {"status": "approved", "response_message": f" {MESSAGE}\n"}, encoding=encoding)
    assert answer.status == 200 and set(answer.json) == {"book_request", "refunded"}, answer
    assert answer.json["refunded"] is False
    after = answer.json["book_request"]
    changed = {"status", "version", "updated_at", "responded_by_id", "responder", "response_message", "response_date"}
    assert {name for name in after if after[name] != request_[name]} == changed
    check_request(after, status="approved", version=2, responder=team.reference, response_message=MESSAGE)
    assert is_timestamp(after["response_date"]) and after["updated_at"] > request_["updated_at"]
    assert team.api.get(f"{API}/{request_['id']}").json["book_request"] == after


@pytest.mark.parametrize("before", STATUSES)
def test_any_status_may_follow_any_other(team, subscriber, before):
    for version, after in enumerate(STATUSES):
        request = subscriber.create()
        team.respond(request, before)
        answer = team.api.post(f"{API}/{request['id']}/respond", {"status": after})
        assert answer.status == 200, answer
        check_request(answer.json["book_request"], status=after, version=3)
        assert answer.json["refunded"] is (after == "rejected" and before != "rejected")
    listed = subscriber.api.get(API + "/").json
    check_quota(listed["quota"], used=sum(request["status"] != "rejected" for request in listed["book_requests"]))


def test_saying_the_same_again_is_a_change(tenant, team, request_):
    first = team.respond(request_, "approved", response_message="yes")
    second = tenant.creator.respond(request_, "approved")
    check_request(second, version=3, response_message=None, responder=tenant.creator.reference)
    assert second["response_date"] > first["response_date"]


def test_white_space_is_no_message(team, request_):
    check_request(team.respond(request_, "approved", response_message=" \n\t "), response_message=None)


def test_longest_message(team, request_):
    check_request(team.respond(request_, "approved", response_message=MESSAGE[-1] * 5000), response_message=MESSAGE[-1] * 5000)
    path = f"{API}/{request_['id']}/respond"
    check_problem(team.api.post(path, {"status": "approved", "response_message": "x" * 5001}), 422, "invalid", "response_message")
    check_request(team.api.get(f"{API}/{request_['id']}").json["book_request"], version=2)


@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
@pytest.mark.parametrize(
    "fields, bad",
    [
        ({}, ["status"]),
        ({"status": "  "}, ["status"]),
        ({"status": "Approved"}, ["status"]),
        ({"status": "done", "response_message": "x" * 5001, "expected_version": "x"}, ["status", "response_message", "expected_version"]),
        ({"status": "approved", "expected_version": "-1"}, ["expected_version"]),
        ({"status": "approved", "expected_version": "1.0"}, ["expected_version"]),
        ({"status": "approved", "expected_version": "99999999999999999999"}, ["expected_version"]),
        ({"status": "approved", "response_message": "a\0b"}, ["response_message"]),
    ],
)
def test_bad_responses(team, request_, encoding, fields, bad):
    check_problem(team.api.post(f"{API}/{request_['id']}/respond", fields, encoding=encoding), 422, "invalid", *bad)
    assert team.api.get(f"{API}/{request_['id']}").json["book_request"] == request_


@pytest.mark.parametrize("version", [1.5, True, [1], {"a": 1}, 10**30, -1], ids=str)
def test_bad_versions_in_json(team, request_, version):
    answer = team.api.post(f"{API}/{request_['id']}/respond", {"status": "approved", "expected_version": version}, encoding="json")
    check_problem(answer, 422, "invalid", "expected_version")


@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
def test_expected_version(tenant, team, request_, encoding):
    path = f"{API}/{request_['id']}/respond"
    assert team.api.post(path, {"status": "approved", "expected_version": 1}, encoding=encoding).status == 200
    current = team.api.get(f"{API}/{request_['id']}").json["book_request"]
    for version in (0, 1, 3, 2**31 - 1):
        problem = check_problem(tenant.creator.api.post(path, {"status": "rejected", "expected_version": version}, encoding=encoding), 409, "stale")
        assert problem["book_request"] == current
    assert tenant.creator.api.post(path, {"status": "rejected", "expected_version": 2}, encoding=encoding).json["refunded"] is True


def test_of_parallel_expectations_one_is_met(team, request_):
    answers = at_once(8, lambda _: team.api.post(f"{API}/{request_['id']}/respond", {"status": "approved", "expected_version": 1}))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7, answers
    for answer in answers:
        if answer.status == 409:
            check_request(check_problem(answer, 409, "stale")["book_request"], version=2)


def test_accept(tenant, team, request_):
    answer = team.api.post(f"{API}/{request_['id']}/accept")
    assert answer.status == 200 and set(answer.json) == {"book_request"}, answer
    after = answer.json["book_request"]
    assert {name for name in after if after[name] != request_[name]} == {"version", "updated_at", "accepted_by_id", "accepted_at"}
    check_request(after, accepted_by_id=team.id, version=2, status="pending")
    assert is_timestamp(after["accepted_at"])
    for admin in (team, tenant.creator):
        check_problem(admin.api.post(f"{API}/{request_['id']}/accept"), 409, "already_accepted")
    assert team.api.get(f"{API}/{request_['id']}").json["book_request"] == after


@pytest.mark.parametrize("status", STATUSES)
def test_accept_in_any_status(team, request_, status):
    team.respond(request_, status)
    check_request(team.act(request_, "accept"), status=status, version=3, accepted_by_id=team.id)


def test_parallel_accepts(tenant, team, request_):
    admins = [team, tenant.creator]
    answers = at_once(8, lambda n: admins[n % 2].api.post(f"{API}/{request_['id']}/accept"))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7, answers


@pytest.mark.parametrize("action", ["accept", "fulfill"])
@pytest.mark.parametrize("content_type, body", [(None, None), (None, b""), ("application/json", b"{}"), ("application/x-www-form-urlencoded", b"")])
def test_actions_without_fields(team, request_, action, content_type, body):
    team.respond(request_, "approved")
    assert team.api.send(f"{API}/{request_['id']}/{action}", content_type, body).status == 200


def test_fulfill(tenant, team, request_):
    approved = team.respond(request_, "approved", response_message=MESSAGE)
    answer = tenant.creator.api.post(f"{API}/{request_['id']}/fulfill")
    assert answer.status == 200 and set(answer.json) == {"book_request"}, answer
    after = answer.json["book_request"]
    assert {name for name in after if after[name] != approved[name]} == {"status", "version", "updated_at"}
    check_request(after, status="fulfilled", version=3, responder=team.reference, response_message=MESSAGE)


@pytest.mark.parametrize("status", [None, "pending", "rejected", "fulfilled"])
def test_fulfill_only_what_is_approved(team, request_, status):
    if status:
        team.respond(request_, status)
    check_problem(team.api.post(f"{API}/{request_['id']}/fulfill"), 409, "not_approved")
    check_request(team.api.get(f"{API}/{request_['id']}").json["book_request"], status=status or "pending")


def test_parallel_fulfills(team, request_):
    team.respond(request_, "approved")
    answers = at_once(8, lambda _: team.api.post(f"{API}/{request_['id']}/fulfill"))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7, answers


def test_fulfilled_by_respond_keeps_the_quota(team, subscriber, request_):
    team.respond(request_, "fulfilled")
    check_quota(subscriber.quota(), used=1)


@pytest.mark.parametrize("action, fields", [("respond", {"status": "approved"}), ("accept", {}), ("fulfill", {})])
@pytest.mark.parametrize("identity", ["0", "-1", "1x", "007", "999999999999", "9" * 30, "%ff"])
def test_no_such_request(team, action, fields, identity):
    check_problem(team.api.post(f"{API}/{identity}/{action}", fields), 404, "not_found")
