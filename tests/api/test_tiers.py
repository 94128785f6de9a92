"""GET of the creator's tiers."""

import pytest

from support.checks import check_problem, is_id
from support.people import Tenant

TIER_KEYS = {"id", "title", "book_requests_allowed", "chapters_allowed_per_book_request", "users"}


def tiers(user):
    answer = user.api.get("/api/tiers")
    assert answer.status == 200 and set(answer.json) == {"tiers"}, answer
    for tier in answer.json["tiers"]:
        assert set(tier) == TIER_KEYS and is_id(tier["id"]), tier
    return answer.json["tiers"]


def users(user):
    return {tier["title"]: tier["users"] for tier in tiers(user)}


def test_tiers(own_tenant):
    own_tenant.set_tier('Ün"usual', 0, 100000)
    team = own_tenant.team_member()
    found = tiers(team)
    assert found == tiers(own_tenant.creator)
    assert [{name: tier[name] for name in TIER_KEYS - {"id"}} for tier in found] == [
        {"title": "Gold", "book_requests_allowed": 100, "chapters_allowed_per_book_request": 10, "users": 0},
        {"title": 'Ün"usual', "book_requests_allowed": 0, "chapters_allowed_per_book_request": 100000, "users": 0},
    ]


def test_users_are_active_subscribers(own_tenant, stack):
    own_tenant.set_tier("Silver", 1)
    ann, bob = own_tenant.subscriber(), own_tenant.subscriber()
    own_tenant.subscriber(tier=None)
    assert users(own_tenant.creator) == {"Gold": 2, "Silver": 0}
    stack.ctl("user", "set", ann.name, "--tier", "Silver")
    assert users(own_tenant.creator) == {"Gold": 1, "Silver": 1}
    own_tenant.deactivate(bob)
    assert users(own_tenant.creator) == {"Gold": 0, "Silver": 1}
    own_tenant.join(ann)
    assert users(own_tenant.creator) == {"Gold": 0, "Silver": 0}
    own_tenant.leave(ann)
    assert users(own_tenant.creator) == {"Gold": 0, "Silver": 1}


def test_each_creator_has_his_own(own_tenant, stack):
    other = Tenant(stack, requests=1)
    assert [tier["book_requests_allowed"] for tier in tiers(other.creator)] == [1]
    assert not {tier["id"] for tier in tiers(other.creator)} & {tier["id"] for tier in tiers(own_tenant.creator)}


@pytest.mark.parametrize("path", ["/api/tiers", "/api/team"])
def test_not_for_subscribers(subscriber, path):
    check_problem(subscriber.api.get(path), 403, "forbidden")
