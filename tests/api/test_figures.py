"""What the admins' pages ask for beside the lists: a request's context, figures, people. The numbers themselves: tests/sql/."""

import pytest

from support.checks import API, check_problem


def get(user, path, **query):
    answer = user.api.get(path, query)
    assert answer.status == 200, answer
    return answer.json


def test_context(own_tenant):
    ann, bob, team = own_tenant.subscriber("ann"), own_tenant.subscriber("bob"), own_tenant.team_member()
    first, other = ann.create("Emma", "Jane Austen"), ann.create("Persuasion", "Jane Austen")
    own_tenant.creator.respond(bob.create(" EMMA", "jane  austen"), "rejected")
    tier = {"id": ann.api.get("/api/auth/me").json["user"]["tier"]["id"], "title": own_tenant.tier}
    assert get(team, API + "/admin/context", ids=f"{other['id']},{first['id']},999999999999") == {
        "context": [{"id": first["id"], "title": "Emma", "tier": tier, "others": 1}, {"id": other["id"], "title": "Persuasion", "tier": tier, "others": 0}]
    }


@pytest.mark.parametrize("ids", [None, "", "x", "1,,2", "0", "-1", "1," * 500 + "1", "9223372036854775808"])
def test_bad_ids(tenant, ids):
    check_problem(tenant.creator.api.get(API + "/admin/context", {} if ids is None else {"ids": ids}), 422, "invalid", "ids")


def test_another_creators_requests(own_tenant, second_tenant):
    request = own_tenant.subscriber().create()
    assert get(second_tenant.creator, API + "/admin/context", ids=request["id"]) == {"context": []}


def test_figures(own_tenant):
    creator, ann, bob = own_tenant.creator, own_tenant.subscriber("ann"), own_tenant.subscriber("bob")
    month = ann.create()["month_year"]
    for status in ("approved", "rejected", "fulfilled"):
        creator.respond(ann.create(), status)
    bob.create()
    figures = get(creator, API + "/admin/figures", months=2)
    before, now = figures["months"]
    assert before["month_year"] < now["month_year"] == month
    assert [now[status] for status in ("pending", "approved", "rejected", "fulfilled")] == [2, 1, 1, 1]
    assert (figures["requests"], figures["answered"]) == (5, 3) and 0 <= now["median_answer_s"] == figures["median_answer_s"] < 3600
    assert figures["askers"] == [{"user": ann.reference, "requests": 4}, {"user": bob.reference, "requests": 1}]
    assert len(get(creator, API + "/admin/figures")["months"]) == 12


@pytest.mark.parametrize("months", ["0", "37", "x", "1.5"])
def test_bad_months(tenant, months):
    check_problem(tenant.creator.api.get(API + "/admin/figures", {"months": months}), 422, "invalid", "months")


def test_users(own_tenant, second_tenant):
    ann, bob, team = own_tenant.subscriber("ann"), own_tenant.subscriber("bob", tier=None), own_tenant.team_member()
    ann.create()
    own_tenant.allowance(bob, 3)
    own_tenant.deactivate(bob)
    users = get(team, "/api/users")["users"]
    assert [user["id"] for user in users] == [team.id, bob.id, ann.id, own_tenant.creator.id], "the newest first"
    assert [user["username"] for user in users if user["is_team"]] == [team.name] and users[3]["is_creator"]
    assert users[1] == {
        "id": bob.id, "username": bob.name, "is_creator": False, "is_team": False, "is_active": False, "tier": None, "requests_allowed": 3, "requests_used": 0,
    }  # fmt: skip
    assert users[2]["tier"]["title"] == own_tenant.tier and users[2]["requests_used"] == 1 and users[2]["requests_allowed"] == 100
    assert get(team, "/api/users", q=ann.name[2:].upper()) == {"users": [users[2]], "next": None}
    page = get(team, "/api/users", limit=3)
    assert page["users"] == users[:3] and get(team, "/api/users", before=page["next"]) == {"users": users[3:], "next": None}
    assert get(second_tenant.creator, "/api/users", q=ann.name) == {"users": [], "next": None}


@pytest.mark.parametrize("name, value", [("q", "x" * 201), ("limit", "0"), ("limit", "501"), ("before", "0"), ("before", "x")])
def test_bad_queries(tenant, name, value):
    check_problem(tenant.creator.api.get("/api/users", {name: value}), 422, "invalid", name)
