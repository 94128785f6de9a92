"""Who may do what: every endpoint for every role, and no way from one creator to another's things."""

import pytest

from support.checks import API, check_problem
from support.http import Client
from support.people import Tenant

# method, path, fields, who may: any user, admins of the request's creator, the owner
ENDPOINTS = [
    ("POST", "/", {"title": "T", "author": "A", "allow_duplicate": "true"}, "any"),
    ("GET", "/", None, "any"),
    ("GET", "/quota", None, "any"),
    ("GET", "/quota/ledger", None, "any"),
    ("GET", "/admin", None, "admin"),
    ("GET", "/{id}", None, "seer"),
    ("POST", "/{id}/respond", {"status": "approved"}, "admin"),
    ("POST", "/{id}/accept", {}, "admin"),
    ("POST", "/{id}/fulfill", {}, "admin"),
    ("POST", "/{id}/reply", {"user_reply": "R"}, "owner"),
]
every_endpoint = pytest.mark.parametrize("method, path, fields, who", ENDPOINTS, ids=[f"{m} {p}" for m, p, _, _ in ENDPOINTS])
about_one = pytest.mark.parametrize(
    "method, path, fields, who", [e for e in ENDPOINTS if "{id}" in e[1]], ids=[f"{m} {p}" for m, p, _, _ in ENDPOINTS if "{id}" in p]
)


def call(client, method, path, fields, request):
    path = API + path.format(id=request["id"])
    return client.get(path) if method == "GET" else client.post(path, fields)


@pytest.fixture
def request_(team, subscriber):
    """A request in the state that every action is possible in."""
    return team.respond(subscriber.create(), "approved")


@pytest.fixture(scope="module")
def untouched(tenant, team):
    """The same, for those who can do nothing to it."""
    return team.respond(tenant.subscriber().create(), "approved")


@pytest.fixture(scope="module")
def bystander(tenant):
    """A subscriber of the same creator, who does not own the request."""
    return tenant.subscriber()


@pytest.fixture(scope="module")
def strangers(second_tenant):
    return {"creator": second_tenant.creator, "team": second_tenant.team_member(), "subscriber": second_tenant.subscriber()}


@pytest.fixture(scope="module")
def deactivated(tenant):
    user = tenant.subscriber()
    assert user.api.get(API + "/quota").status == 200
    tenant.deactivate(user)
    return user


@every_endpoint
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer 1.unknown"}, {"Authorization": "Basic YTpi"},
    {"Cookie": "bookreq_session=unknown", "Sec-Fetch-Site": "same-origin"}, {"Cookie": "bookreq_session="}, {"Remote-User": "x", "Remote_User": "x"}],
    ids=["none", "empty", "unknown", "basic", "cookie", "empty-cookie", "remote-user"])  # fmt: skip
def test_nobody(stack, untouched, method, path, fields, who, headers):
    check_problem(call(Client(stack, headers=headers), method, path, fields, untouched), 401, "unauthenticated")


@every_endpoint
def test_admins(tenant, team, request_, method, path, fields, who):
    for admin in (tenant.creator, team):
        if path == "/":
            tenant.allowance(admin, 100)
        answer = call(admin.api, method, path, fields, request_)
        if who == "owner":
            check_problem(answer, 403, "not_owner")
        elif admin is tenant.creator or method == "GET" or path in ("/", "/{id}/respond"):
            assert answer.status in (200, 201), answer
        else:
            assert answer.status == 409, (answer, "the creator was faster")


@every_endpoint
def test_the_owner(subscriber, request_, method, path, fields, who):
    answer = call(subscriber.api, method, path, fields, request_)
    if who == "admin":
        check_problem(answer, 403, "forbidden")
    else:
        assert answer.status in (200, 201), answer


@every_endpoint
def test_another_subscriber(bystander, untouched, method, path, fields, who):
    answer = call(bystander.api, method, path, fields, untouched)
    if who == "admin":
        check_problem(answer, 403, "forbidden")
    elif "{id}" in path:
        check_problem(answer, 404, "not_found")
    else:
        assert answer.status in (200, 201), answer


@about_one
@pytest.mark.parametrize("role", ["creator", "team", "subscriber"])
def test_another_creators_people(strangers, team, untouched, method, path, fields, who, role):
    answer = call(strangers[role].api, method, path, fields, untouched)
    if role == "subscriber" and who == "admin":
        check_problem(answer, 403, "forbidden")
    else:
        check_problem(answer, 404, "not_found")
    assert team.api.get(f"{API}/{untouched['id']}").json == {"book_request": untouched}


def test_lists_hold_nothing_of_another_creator(second_tenant, request_):
    answer = Tenant(second_tenant.stack).creator.api.get(API + "/admin").json
    assert answer["book_requests"] == [] and answer["total"] == 0 and set(answer["counts"].values()) == {0}
    seen = second_tenant.creator.api.get(API + "/admin", {"limit": 500}).json["book_requests"]
    assert request_["id"] not in [request["id"] for request in seen]


@every_endpoint
def test_a_deactivated_user(deactivated, untouched, method, path, fields, who):
    check_problem(call(deactivated.api, method, path, fields, untouched), 401, "unauthenticated")


def test_deactivating_and_activating_an_admin(tenant, stack):
    admin = tenant.team_member()
    assert admin.api.get(API + "/admin").status == 200
    tenant.deactivate(admin)
    check_problem(admin.api.get(API + "/admin"), 401, "unauthenticated")
    stack.ctl("user", "activate", admin.name)
    token = stack.ctl_json("token", "add", admin.name)["token"]
    assert Client(stack, token=token).get(API + "/admin").status == 200


def test_joining_and_leaving_the_team(tenant, subscriber):
    request = tenant.subscriber().create()
    path = f"{API}/{request['id']}"
    check_problem(subscriber.api.get(path), 404, "not_found")
    check_problem(subscriber.api.get(API + "/admin"), 403, "forbidden")
    tenant.join(subscriber)
    assert subscriber.api.get(path).status == 200
    assert subscriber.api.get(API + "/admin").status == 200
    assert subscriber.quota()["requests_allowed"] == 100, "a team member keeps tier and quota"
    tenant.leave(subscriber)
    check_problem(subscriber.api.get(path), 404, "not_found")
    check_problem(subscriber.api.get(API + "/admin"), 403, "forbidden")


def test_requests_outlive_their_owners_account(tenant, team):
    user = tenant.subscriber()
    request = user.create()
    tenant.deactivate(user)
    assert team.api.get(f"{API}/{request['id']}").json == {"book_request": request}
    assert team.respond(request, "rejected")["status"] == "rejected"


def test_revoked_tokens(subscriber, stack):
    other = Client(stack, token=stack.ctl_json("token", "add", subscriber.name)["token"])
    assert subscriber.api.get(API + "/quota").status == other.get(API + "/quota").status == 200
    stack.ctl("token", "revoke", subscriber.name)
    for client in (subscriber.api, other):
        check_problem(client.get(API + "/quota"), 401, "unauthenticated")


def test_a_token_is_whole(subscriber, stack):
    token = subscriber.token
    for wrong in (token[:-1], token + "A", token[1:], token.swapcase(), token + " x", f'"{token}"', token[: len(token) // 2]):
        check_problem(Client(stack, token=wrong).get(API + "/quota"), 401, "unauthenticated")
