"""The creator's team: who is in it, joining and leaving."""

import pytest

from support.checks import API, check_problem, check_quota
from support.http import Client
from support.people import Tenant, unique


def team_of(user):
    answer = user.api.get("/api/team")
    assert answer.status == 200 and set(answer.json) == {"team"}, answer
    return answer.json["team"]


def entry(user, is_creator=False, is_active=True):
    return {"id": user.id, "username": user.name, "is_creator": is_creator, "is_active": is_active}


def add(user, **fields):
    return user.api.post("/api/team/add", fields)


def remove(user, member):
    return user.api.request("DELETE", f"/api/team/{member.id}")


def test_begins_with_the_creator(own_tenant):
    creator = own_tenant.creator
    assert team_of(creator) == [entry(creator, True)]
    members = [own_tenant.team_member() for _ in range(2)]
    assert team_of(creator) == team_of(members[0]) == [entry(creator, True), *map(entry, members)]


@pytest.mark.parametrize("by", ["user_id", "username"])
@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
def test_add(own_tenant, by, encoding):
    creator, user = own_tenant.creator, own_tenant.subscriber()
    fields = {"user_id": user.id} if by == "user_id" else {"username": user.name}
    answer = creator.api.post("/api/team/add", fields, encoding=encoding)
    assert answer.status == 200 and answer.json == {"team": [entry(creator, True), entry(user)]}, answer
    me = user.api.get("/api/auth/me").json["user"]
    assert me["is_team"] is True and me["is_creator"] is False and me["created_by"] == creator.id


def test_add_again(own_tenant):
    creator, user = own_tenant.creator, own_tenant.subscriber()
    first = add(creator, user_id=user.id)
    again = add(creator, username=user.name.upper())
    assert first.status == again.status == 200 and first.json == again.json
    log = creator.api.get(API + "/activity").json["activity"]
    assert [entry["action"] for entry in log] == ["team_added"], "what changed nothing is nobody's doing"


def test_a_member_keeps_tier_and_quota(own_tenant):
    user = own_tenant.subscriber()
    user.create()
    assert add(own_tenant.creator, user_id=user.id).status == 200
    check_quota(user.quota(), allowed=100, used=1)
    assert user.api.get("/api/auth/me").json["user"]["tier"]["title"] == "Gold"


def test_rights_come_and_go_at_once(own_tenant):
    creator, user = own_tenant.creator, own_tenant.subscriber()
    path = f"{API}/{own_tenant.subscriber().create()['id']}"
    check_problem(user.api.get(path), 404, "not_found")
    add(creator, user_id=user.id)
    assert user.api.get(path).status == user.api.get(API + "/admin").status == 200
    assert user.api.post(path + "/accept").status == 200
    assert remove(creator, user).status == 204
    check_problem(user.api.get(path), 404, "not_found")
    check_problem(user.api.post(path + "/respond", {"status": "approved"}), 403, "forbidden")


def test_remove(own_tenant):
    creator, members = own_tenant.creator, [own_tenant.team_member() for _ in range(2)]
    answer = remove(creator, members[0])
    assert answer.status == 204 and answer.body == b"", answer
    assert team_of(creator) == [entry(creator, True), entry(members[1])]
    check_problem(remove(creator, members[0]), 404, "not_found")
    assert add(creator, user_id=members[0].id).status == 200, "he can come back"


def test_the_creator_stays(own_tenant):
    creator = own_tenant.creator
    check_problem(add(creator, user_id=creator.id), 404, "not_found")
    check_problem(add(creator, username=creator.name), 404, "not_found")
    check_problem(remove(creator, creator), 404, "not_found")
    assert team_of(creator) == [entry(creator, True)]


def test_another_creators_people(own_tenant, second_tenant):
    stranger, member = second_tenant.subscriber(), second_tenant.team_member()
    for fields in ({"user_id": stranger.id}, {"username": stranger.name}, {"user_id": second_tenant.creator.id}, {"user_id": 2**62}, {"username": unique("nobody")}):
        check_problem(add(own_tenant.creator, **fields), 404, "not_found")
    check_problem(remove(own_tenant.creator, member), 404, "not_found")
    assert member.api.get(API + "/admin").status == 200
    check_problem(stranger.api.get(API + "/admin"), 403, "forbidden")


@pytest.mark.parametrize("fields", [{}, {"user_id": ""}, {"username": "  "}, {"id": 1}])
def test_nobody_named(tenant, fields):
    problem = check_problem(add(tenant.creator, **fields), 422, "invalid")
    assert {error["field"] for error in problem["errors"]} <= {"user_id", "username"}


@pytest.mark.parametrize("name, value", [("user_id", value) for value in ("0", "-1", "x", "1.5", "9" * 30)] + [("username", "x" * 201), ("username", "a\0b")])
def test_bad_values(tenant, name, value):
    check_problem(add(tenant.creator, **{name: value}), 422, "invalid", name)


@pytest.mark.parametrize("value", ["0", "-1", "x", "1x", "9" * 30, "01", "%31x", ""])
def test_ids_in_the_path_that_are_none(tenant, value):
    check_problem(tenant.creator.api.request("DELETE", f"/api/team/x{value}"), 404, "not_found")
    answer = tenant.creator.api.request("DELETE", f"/api/team/{value}")
    if value:
        check_problem(answer, 404, "not_found")
    else:
        check_problem(answer, 405, "method_not_allowed")


def test_methods(tenant, team):
    check_problem(tenant.creator.api.get("/api/team/add"), 405, "method_not_allowed")
    check_problem(tenant.creator.api.get(f"/api/team/{team.id}"), 405, "method_not_allowed")
    check_problem(tenant.creator.api.request("DELETE", "/api/team"), 405, "method_not_allowed")
    assert "DELETE" in tenant.creator.api.request("OPTIONS", f"/api/team/{team.id}").headers["Allow"]


def test_only_the_creator_changes_it(tenant, team, subscriber):
    for user in (team, subscriber):
        check_problem(add(user, user_id=subscriber.id), 403, "forbidden")
        check_problem(remove(user, team), 403, "forbidden")
    check_problem(Client(tenant.stack).request("DELETE", f"/api/team/{team.id}"), 401, "unauthenticated")
    assert entry(team) in team_of(team)


def test_a_browser_of_another_site(stack):
    tenant = Tenant(stack, password="a password of some length")
    member, cookie = tenant.team_member(), tenant.creator.login()
    stranger = Client(stack, cookie=cookie, headers={"Sec-Fetch-Site": "cross-site"})
    check_problem(stranger.request("DELETE", f"/api/team/{member.id}"), 403, "cross_origin")
    check_problem(stranger.post(f"/api/users/{member.id}/deactivate"), 403, "cross_origin")
    assert tenant.creator.browser(cookie).request("DELETE", f"/api/team/{member.id}").status == 204


def test_idempotency(own_tenant):
    creator, user, key = own_tenant.creator, own_tenant.subscriber(), unique("key")
    first = creator.api.post("/api/team/add", {"user_id": user.id}, key=key)
    assert remove(creator, user).status == 204
    again = creator.api.post("/api/team/add", {"user_id": user.id}, key=key)
    assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true"
    assert team_of(creator) == [entry(creator, True)], "nothing was done again"
