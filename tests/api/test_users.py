"""The creator locks users out and lets them in again."""

import pytest

from support.checks import API, check_problem
from support.http import Client, own_address
from support.people import Tenant, unique

PASSWORD = "a password of some length"


def deactivate(user, other, **options):
    return user.api.post(f"/api/users/{other.id}/deactivate", **options)


def activate(user, other, **options):
    return user.api.post(f"/api/users/{other.id}/activate", **options)


def test_deactivated_and_activated(tenant, stack):
    user = tenant.subscriber(password=PASSWORD)
    cookie, request = user.login(), user.create()
    answer = deactivate(tenant.creator, user)
    assert answer.status == 204 and answer.body == b"", answer
    for client in (user.api, user.browser(cookie)):
        check_problem(client.get(API + "/quota"), 401, "unauthenticated")
    login = Client(stack, source=own_address(), headers={"Sec-Fetch-Site": "same-origin"})
    check_problem(login.post("/api/auth/login", {"username": user.name, "password": PASSWORD}), 401, "invalid_credentials")
    assert tenant.creator.api.get(f"{API}/{request['id']}").json == {"book_request": request}, "what he asked for stays"

    assert activate(tenant.creator, user).status == 204
    check_problem(user.api.get(API + "/quota"), 401, "unauthenticated")
    fresh = user.browser(user.login())
    assert fresh.get(f"{API}/{request['id']}").json == {"book_request": request}


def test_twice(tenant, subscriber):
    for change in (activate, deactivate, deactivate, activate, activate):
        assert change(tenant.creator, subscriber).status == 204


def test_a_team_member(own_tenant):
    team, creator = own_tenant.team_member(), own_tenant.creator
    assert team.api.get(API + "/admin").status == 200
    assert deactivate(creator, team).status == 204
    check_problem(team.api.get(API + "/admin"), 401, "unauthenticated")
    assert [entry["is_active"] for entry in creator.api.get("/api/team").json["team"]] == [True, False]
    assert creator.api.get(API + "/admin/live").json["admin_ids"] == [creator.id], "an admin is active"
    assert activate(creator, team).status == 204
    assert creator.api.get(API + "/admin/live").json["admin_ids"] == [creator.id, team.id]


def test_the_creator(tenant, team):
    for change in (activate, deactivate):
        check_problem(change(tenant.creator, tenant.creator), 404, "not_found")
    assert tenant.creator.api.get(API + "/quota").status == 200


def test_another_creators_people(tenant, second_tenant):
    user = second_tenant.subscriber()
    for other in (user, second_tenant.creator, second_tenant.team_member()):
        for change in (activate, deactivate):
            check_problem(change(tenant.creator, other), 404, "not_found")
    assert user.api.get(API + "/quota").status == 200


@pytest.mark.parametrize("action", ["activate", "deactivate"])
@pytest.mark.parametrize("value", ["0", "-1", "x", "1x", "01", "9" * 30, str(2**62)])
def test_nobody(tenant, action, value):
    check_problem(tenant.creator.api.post(f"/api/users/{value}/{action}"), 404, "not_found")


def test_only_the_creator(tenant, team, subscriber):
    for user in (team, subscriber):
        for change in (activate, deactivate):
            check_problem(change(user, subscriber), 403, "forbidden")
    check_problem(Client(tenant.stack).post(f"/api/users/{subscriber.id}/deactivate"), 401, "unauthenticated")
    assert subscriber.api.get(API + "/quota").status == 200


def test_idempotency(tenant, subscriber):
    key = unique("key")
    assert deactivate(tenant.creator, subscriber, key=key).status == 204
    assert activate(tenant.creator, subscriber).status == 204
    again = deactivate(tenant.creator, subscriber, key=key)
    assert again.status == 204 and again.body == b"" and again.headers["Idempotency-Replayed"] == "true"
    token = tenant.stack.ctl_json("token", "add", subscriber.name)["token"]
    assert Client(tenant.stack, token=token).get(API + "/quota").status == 200, "nothing was done again"


def test_other_users_notice_nothing(stack):
    tenant = Tenant(stack)
    ann, bob = tenant.subscriber(), tenant.subscriber()
    bob.token
    assert deactivate(tenant.creator, ann).status == 204
    assert bob.api.get(API + "/quota").status == tenant.creator.api.get(API + "/admin").status == 200
