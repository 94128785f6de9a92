"""What the creator sets for a tier: requests a month, and chapters of each."""

import pytest

from support.checks import API, check_problem, check_quota
from support.http import Client
from support.people import unique

# path's last word, its number
SETTINGS = [("settings", "book_requests_allowed"), ("chapters-settings", "chapters_allowed_per_book_request")]
both = pytest.mark.parametrize("path, number", SETTINGS, ids=[path for path, _ in SETTINGS])
QUOTA_MEMBER = {"book_requests_allowed": "requests_allowed", "chapters_allowed_per_book_request": "chapters_allowed_per_book_request"}


def tiers(user):
    answer = user.api.get("/api/tiers")
    assert answer.status == 200, answer
    return {tier["title"]: tier for tier in answer.json["tiers"]}


def change(user, path, fields, **options):
    return user.api.post(f"{API}/{path}", fields, **options)


@pytest.fixture
def tier(tenant):
    """A tier that only this test uses."""
    title = unique("tier")
    tenant.set_tier(title, 5, 7)
    return title


@both
@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
@pytest.mark.parametrize("value", [0, 1, 100000])
def test_change(tenant, tier, path, number, encoding, value):
    answer = change(tenant.creator, path, {"tier_id": tier, number: value}, encoding=encoding)
    assert answer.status == 200, answer
    expected = {"book_requests_allowed": 5, "chapters_allowed_per_book_request": 7, number: value}
    assert answer.json == {"tier": {"id": tiers(tenant.creator)[tier]["id"], "title": tier, **expected, "users": 0}, "users_updated": 0}
    assert tiers(tenant.creator)[tier] == answer.json["tier"]


@both
def test_all_users_of_the_tier_at_once(tenant, tier, path, number):
    users = [tenant.subscriber(tier=tier) for _ in range(3)]
    other = tenant.subscriber()
    before = other.quota()
    answer = change(tenant.creator, path, {"tier_id": tier, number: 9})
    assert answer.json["users_updated"] == answer.json["tier"]["users"] == 3
    for user in users:
        quota = user.quota()
        check_quota(quota)
        assert quota[QUOTA_MEMBER[number]] == 9
    assert other.quota() == before, "another tier's users keep theirs"


def test_below_what_was_used(tenant, tier):
    user = tenant.subscriber(tier=tier)
    for _ in range(3):
        user.create()
    assert change(tenant.creator, "settings", {"tier_id": tier, "book_requests_allowed": 2}).status == 200
    check_quota(user.quota(), allowed=2, used=3)
    check_problem(user.api.post(API + "/", {"title": "T", "author": "A"}), 403, "quota_exceeded")
    assert change(tenant.creator, "settings", {"tier_id": tier, "book_requests_allowed": 4}).status == 200
    user.create()
    check_problem(user.api.post(API + "/", {"title": "T", "author": "A"}), 403, "quota_exceeded")


def test_who_is_counted(tenant, tier):
    """users_updated: active users without an allowance of their own; the tier's users: its active subscribers."""
    plain, own, gone, team = [tenant.subscriber(tier=tier) for _ in range(4)]
    tenant.allowance(own, 3)
    gone.token
    tenant.deactivate(gone)
    tenant.join(team)
    answer = change(tenant.creator, "settings", {"tier_id": tier, "book_requests_allowed": 8}).json
    assert answer["users_updated"] == 2, "the plain subscriber and the team member"
    assert answer["tier"]["users"] == 2, "the two active subscribers"
    assert [user.quota()["requests_allowed"] for user in (plain, own, team)] == [8, 3, 8]
    answer = change(tenant.creator, "chapters-settings", {"tier_id": tier, "chapters_allowed_per_book_request": 2}).json
    assert own.quota()["chapters_allowed_per_book_request"] == 2, "an own allowance is one of requests"


@both
@pytest.mark.parametrize("value", ["-1", "100001", "x", "1.5", "1e2", "+5", "05", "99999999999999999999"])
def test_bad_numbers(tenant, tier, path, number, value):
    before = tiers(tenant.creator)
    check_problem(change(tenant.creator, path, {"tier_id": tier, number: value}), 422, "invalid", number)
    assert tiers(tenant.creator) == before


@both
@pytest.mark.parametrize("fields", [{}, {"tier_id": " ", "number": " "}, {"nothing": 1}])
def test_missing_fields(tenant, path, number, fields):
    fields = {number if name == "number" else name: value for name, value in fields.items()}
    check_problem(change(tenant.creator, path, fields), 422, "invalid", "tier_id", number)


@both
@pytest.mark.parametrize("value", [True, "5", 1.5, None, [5], {}])
def test_json_values_of_another_type(tenant, tier, path, number, value):
    answer = change(tenant.creator, path, {"tier_id": tier, number: value}, encoding="json")
    if value == "5":
        assert answer.status in (200, 422)
    else:
        check_problem(answer, 422, "invalid", number)


@both
@pytest.mark.parametrize("value", ["x" * 201, "a\0b"])
def test_bad_tier(tenant, path, number, value):
    check_problem(change(tenant.creator, path, {"tier_id": value, number: 1}), 422, "invalid", "tier_id")


@both
def test_unknown_tiers(tenant, second_tenant, tier, path, number):
    title = unique("tier")
    second_tenant.set_tier(title, 1, 1)
    for unknown in (title, tier + "x", tier.upper(), str(tiers(tenant.creator)[tier]["id"])):
        check_problem(change(tenant.creator, path, {"tier_id": unknown, number: 3}), 404, "not_found")
    assert tiers(second_tenant.creator)[title]["book_requests_allowed"] == 1


@both
def test_title_is_trimmed(tenant, tier, path, number):
    assert change(tenant.creator, path, {"tier_id": f"  {tier}\t", number: " 4 "}).json["tier"][number] == 4


@both
def test_roles(tenant, team, second_tenant, tier, path, number):
    fields = {"tier_id": tier, number: 1}
    check_problem(change(team, path, fields), 403, "forbidden")
    check_problem(change(tenant.subscriber(), path, fields), 403, "forbidden")
    check_problem(change(second_tenant.creator, path, fields), 404, "not_found")
    check_problem(Client(tenant.stack).post(f"{API}/{path}", fields), 401, "unauthenticated")
    check_problem(change(team, path, {}), 403, "forbidden")
    assert tiers(team)[tier] == {**tiers(team)[tier], "book_requests_allowed": 5, "chapters_allowed_per_book_request": 7}


@both
def test_idempotency(tenant, tier, path, number):
    key, fields = unique("key"), {"tier_id": tier, number: 6}
    first = change(tenant.creator, path, fields, key=key)
    assert change(tenant.creator, path, {"tier_id": tier, number: 1}).status == 200
    again = change(tenant.creator, path, fields, key=key)
    assert again.status == 200 and again.json == first.json and again.headers["Idempotency-Replayed"] == "true"
    assert tiers(tenant.creator)[tier][number] == 1, "nothing was done again"
    check_problem(change(tenant.creator, path, {"tier_id": tier, number: 5}, key=key), 422, "idempotency_mismatch")
