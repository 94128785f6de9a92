"""The monthly quota and its ledger: whatever happens at once, the entries add up."""

from collections import Counter

import pytest

from support.checks import API, ENTRY_KEYS, check_problem, check_quota, is_id, is_timestamp
from support.parallel import at_once
from support.people import Tenant, unique


def ledger(user, **query):
    answer = user.api.get(API + "/quota/ledger", query)
    assert answer.status == 200, answer
    assert set(answer.json) == {"entries", "quota"}
    check_quota(answer.json["quota"])
    for entry in answer.json["entries"]:
        assert set(entry) == ENTRY_KEYS and is_timestamp(entry["at"]) and is_id(entry["book_request_id"]), entry
        assert entry["amount"] == {"charge": 1, "recharge": 1, "refund": -1}[entry["reason"]], entry
        assert set(entry["actor"]) == {"id", "username"}, entry
    if not query:
        assert sum(entry["amount"] for entry in answer.json["entries"]) == answer.json["quota"]["requests_used"], answer
    return answer.json["entries"]


def create(user, **fields):
    return user.api.post(API + "/", {"title": unique("Book"), "author": "A", **fields})


def test_quota_is_the_tiers(stack):
    tenant = Tenant(stack, requests=5, chapters=12)
    user = tenant.subscriber()
    quota = user.quota()
    check_quota(quota, allowed=5, used=0)
    assert quota["chapters_allowed_per_book_request"] == 12
    user.create()
    check_quota(user.quota(), allowed=5, used=1)
    tenant.set_tier("Gold", 2, 7)
    quota = user.quota()
    check_quota(quota, allowed=2, used=1)
    assert quota["chapters_allowed_per_book_request"] == 7
    tenant.set_tier("Gold", 0)
    check_quota(user.quota(), allowed=0, used=1)
    check_problem(create(user), 403, "quota_exceeded")


def test_without_a_tier_nothing_is_allowed(tenant):
    user = tenant.subscriber(tier=None)
    check_quota(user.quota(), allowed=0, used=0)
    check_problem(create(user), 403, "quota_exceeded")
    check_problem(create(tenant.creator, title="The creator has no tier"), 403, "quota_exceeded")


def test_own_allowance_overrides_the_tier(tenant, subscriber):
    tenant.allowance(subscriber, 1)
    check_quota(subscriber.quota(), allowed=1)
    assert create(subscriber).status == 201
    check_problem(create(subscriber), 403, "quota_exceeded")
    tenant.allowance(subscriber, 0)
    check_quota(subscriber.quota(), allowed=0, used=1)
    tenant.allowance(subscriber, "none")
    check_quota(subscriber.quota(), allowed=100, used=1)
    assert create(subscriber).status == 201


def test_moving_to_another_tier(tenant, subscriber):
    tenant.set_tier("Platinum", 7, 70)
    tenant.stack.ctl("user", "set", subscriber.name, "--tier", "Platinum")
    quota = subscriber.quota()
    check_quota(quota, allowed=7, used=0)
    assert quota["chapters_allowed_per_book_request"] == 70


def test_parallel_creates_never_exceed_the_quota(tenant, subscriber):
    tenant.allowance(subscriber, 5)
    answers = at_once(20, lambda _: create(subscriber))
    assert Counter(answer.status for answer in answers) == {201: 5, 403: 15}, answers
    for answer in answers:
        if answer.status == 403:
            check_problem(answer, 403, "quota_exceeded")
    check_quota(subscriber.quota(), allowed=5, used=5)
    assert [entry["reason"] for entry in ledger(subscriber)] == ["charge"] * 5


def test_parallel_rejections_refund_once(team, subscriber):
    request = subscriber.create()
    answers = at_once(20, lambda _: team.api.post(f"{API}/{request['id']}/respond", {"status": "rejected"}))
    assert {answer.status for answer in answers} == {200}, answers
    assert [answer.json["refunded"] for answer in answers].count(True) == 1, answers
    assert sorted(answer.json["book_request"]["version"] for answer in answers) == list(range(2, 22)), "every respond is a change"
    check_quota(subscriber.quota(), used=0)
    assert [entry["reason"] for entry in ledger(subscriber)] == ["refund", "charge"]


def test_parallel_changes_of_mind_add_up(team, subscriber):
    requests = [subscriber.create() for _ in range(3)]

    def respond(number):
        status = ["rejected", "approved", "rejected", "pending"][number % 4]
        return team.api.post(f"{API}/{requests[number % 3]['id']}/respond", {"status": status})

    assert {answer.status for answer in at_once(24, respond)} == {200}
    listed = subscriber.api.get(API + "/").json["book_requests"]
    check_quota(subscriber.quota(), used=sum(request["status"] != "rejected" for request in listed))
    ledger(subscriber)


def test_leaving_rejected_recharges_past_the_limit(tenant, team, subscriber):
    tenant.allowance(subscriber, 1)
    first = subscriber.create()
    team.respond(first, "rejected")
    check_quota(subscriber.quota(), used=0)
    second = subscriber.create()
    team.respond(first, "approved")
    quota = subscriber.quota()
    check_quota(quota, allowed=1, used=2)
    assert quota["requests_remaining"] == 0
    assert [(e["reason"], e["book_request_id"], e["actor"]) for e in ledger(subscriber)] == [
        ("recharge", first["id"], team.reference),
        ("charge", second["id"], subscriber.reference),
        ("refund", first["id"], team.reference),
        ("charge", first["id"], subscriber.reference),
    ]
    check_problem(create(subscriber), 403, "quota_exceeded")


def test_ledger_by_month(subscriber):
    subscriber.create()
    month = subscriber.quota()["current_month"]
    assert len(ledger(subscriber, month_year=month)) == 1
    assert ledger(subscriber, month_year="2001-01") == []
    assert len(ledger(subscriber, month_year="")) == 1, "an empty query value is an absent one"
    check_quota(subscriber.api.get(API + "/quota/ledger", {"month_year": "2001-01"}).json["quota"], used=1)


@pytest.mark.parametrize("month", ["2025-13", "2025-00", "2025-1", "25-01", "2025-01-01", "now", "２０２５-01"])
def test_bad_months(subscriber, month):
    check_problem(subscriber.api.get(API + "/quota/ledger", {"month_year": month}), 422, "invalid", "month_year")


def test_ledger_is_ones_own(tenant, subscriber):
    tenant.subscriber().create()
    assert ledger(subscriber) == []
