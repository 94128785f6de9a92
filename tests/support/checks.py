"""What objects and errors must look like."""

import re

API = "/api/book-requests"
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")

USER_KEYS = {"id", "username", "email", "is_creator", "is_team", "created_by", "tier"}
QUOTA_KEYS = {"requests_allowed", "requests_used", "requests_remaining", "current_month", "chapters_allowed_per_book_request"}
REQUEST_KEYS = {
    "id", "user_id", "user", "title", "author", "link", "description", "status", "created_at", "updated_at", "responded_by_id",
    "response_message", "response_date", "month_year", "accepted_by_id", "accepted_at", "user_reply", "responder", "version",
}  # fmt: skip
ENTRY_KEYS = {"at", "amount", "reason", "book_request_id", "actor"}
NOTIFICATION_KEYS = {"id", "kind", "message", "book_request_id", "created_at", "read_at"}


def is_timestamp(value):
    return isinstance(value, str) and TIMESTAMP.fullmatch(value) is not None


def is_id(value):
    return type(value) is int and value > 0


def check_quota(quota, allowed=None, used=None):
    assert set(quota) == QUOTA_KEYS, quota
    assert MONTH.fullmatch(quota["current_month"]), quota
    assert all(type(quota[name]) is int for name in QUOTA_KEYS - {"current_month"}), quota
    assert quota["requests_remaining"] == max(0, quota["requests_allowed"] - quota["requests_used"]), quota
    if allowed is not None:
        assert quota["requests_allowed"] == allowed, quota
    if used is not None:
        assert quota["requests_used"] == used, quota


def check_request(request, **expected):
    assert set(request) == REQUEST_KEYS, set(request) ^ REQUEST_KEYS
    assert is_id(request["id"]) and is_id(request["user_id"]) and is_id(request["version"]), request
    assert set(request["user"]) == {"id", "username"} and request["user"]["id"] == request["user_id"], request
    for name in ("created_at", "updated_at"):
        assert is_timestamp(request[name]), request
    for name in ("response_date", "accepted_at"):
        assert request[name] is None or is_timestamp(request[name]), request
    assert MONTH.fullmatch(request["month_year"]), request
    if request["responder"] is not None:
        assert set(request["responder"]) == {"id", "username"}, request
    assert (request["responder"] or {}).get("id") == request["responded_by_id"], request
    for name, value in expected.items():
        assert request[name] == value, (name, request)


def check_problem(answer, status, code, *fields):
    """A problem document (RFC 9457) with this status and code; validation errors name exactly `fields` if any are given."""
    assert answer.status == status, (status, code, answer)
    assert answer.headers.get("Content-Type", "").split(";")[0] == "application/problem+json", answer.headers.as_string()
    problem = answer.json
    assert {"type", "title", "status", "detail", "code"} <= set(problem), problem
    assert problem["status"] == status and problem["code"] == code, problem
    for name in ("type", "title", "detail"):
        assert isinstance(problem[name], str) and problem[name], problem
    if code == "invalid":
        assert isinstance(problem["errors"], list) and problem["errors"], problem
        for error in problem["errors"]:
            assert set(error) == {"field", "message"} and error["field"] and error["message"], problem
    if fields:
        assert sorted(error["field"] for error in problem["errors"]) == sorted(fields), problem
    if status == 405:
        assert answer.headers.get("Allow"), answer.headers.as_string()
    if status in (429, 503):
        assert re.fullmatch(r"[1-9]\d*", answer.headers.get("Retry-After", "")), answer.headers.as_string()
    return problem
