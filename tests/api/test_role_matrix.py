"""Every row of the route table for every kind of caller. A route that is not in the matrix fails the test."""

import pytest

from support.checks import API, check_problem
from support.http import Client, own_address
from support.people import Tenant, unique

PASSWORD = "a password of some length"
ROLES = ["anonymous", "subscriber", "other subscriber", "team", "other creator", "creator", "deactivated"]

# Of each route the fields, and what each role gets: a status, or the code of a refusal. The request that :id stands for is the
# subscriber's and approved; the team member and the user are the creator's.
U, F, N, O = "unauthenticated", "forbidden", "not_found", "not_owner"
ANYBODY, WRONG, PLAIN = [200] * 7, "invalid_credentials", "bad_request"
ANY, ADMINS = [U, 200, 200, 200, 200, 200, U], [U, F, F, 200, 200, 200, U]
MATRIX = {
    "GET /healthz": (None, ANYBODY),
    "GET /readyz": (None, ANYBODY),
    "GET /metrics": (None, ANYBODY),
    "POST /api/auth/login": ({"username": "{login}", "password": PASSWORD}, ANYBODY),
    "POST /api/auth/logout": ({}, [U, 204, 204, 204, 204, 204, U]),
    "GET /api/auth/me": (None, ANY),
    "POST /api/auth/password": ({"current_password": "wrong", "new_password": PASSWORD}, [U, WRONG, WRONG, WRONG, WRONG, WRONG, U]),
    "POST /api/book-requests": ({"title": "T", "author": "A", "allow_duplicate": "true"}, [U, 201, 201, 201, 201, 201, U]),
    "GET /api/book-requests": (None, ANY),
    "GET /api/book-requests/quota": (None, ANY),
    "GET /api/book-requests/quota/ledger": (None, ANY),
    "GET /api/book-requests/similar": ({"title": "T"}, ANY),
    "GET /api/book-requests/admin": (None, ADMINS),
    "GET /api/book-requests/events": (None, ANY),
    "GET /api/book-requests/activity": (None, ADMINS),
    "GET /api/book-requests/admin/live": (None, ADMINS),
    "GET /api/book-requests/admin/context": ({"ids": "1,2"}, ADMINS),
    "GET /api/book-requests/admin/figures": (None, ADMINS),
    "POST /api/book-requests/settings": ({"tier_id": "{tier}", "book_requests_allowed": 1000}, [U, F, F, F, N, 200, U]),
    "POST /api/book-requests/chapters-settings": ({"tier_id": "{tier}", "chapters_allowed_per_book_request": 3}, [U, F, F, F, N, 200, U]),
    "GET /api/book-requests/ws": (None, [U, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, U]),
    "GET /api/book-requests/:id": (None, [U, 200, N, 200, N, 200, U]),
    "GET /api/book-requests/:id/timeline": (None, [U, 200, N, 200, N, 200, U]),
    "POST /api/book-requests/:id/respond": ({"status": "approved"}, [U, F, F, 200, N, 200, U]),
    "POST /api/book-requests/:id/accept": ({}, [U, F, F, 200, N, 200, U]),
    "POST /api/book-requests/:id/fulfill": ({}, [U, F, F, 200, N, 200, U]),
    "POST /api/book-requests/:id/reply": ({"user_reply": "R"}, [U, 200, N, O, N, O, U]),
    "GET /api/tiers": (None, ADMINS),
    "GET /api/team": (None, ADMINS),
    "POST /api/team/add": ({"username": "{user}"}, [U, F, F, F, N, 200, U]),
    "DELETE /api/team/:id": (None, [U, F, F, F, N, 204, U]),
    "GET /api/users": (None, ADMINS),
    "POST /api/users/:id/deactivate": ({}, [U, F, F, F, N, 204, U]),
    "POST /api/users/:id/activate": ({}, [U, F, F, F, N, 204, U]),
    "GET /api/notifications": (None, ANY),
    "POST /api/notifications/read": ({"all": "true"}, ANY),
}
CASES = [(route, role) for route in MATRIX for role in ROLES]


class Campaign:
    """One creator's people, and a stranger who is a creator too."""

    def __init__(self, stack):
        self.stack = stack
        self.tenant, stranger = Tenant(stack), Tenant(stack)
        self.tenant.tier = unique("tier")
        self.tenant.set_tier(self.tenant.tier, 1000)
        people = {name: self.tenant.subscriber(tier=self.tenant.tier) for name in ("subscriber", "other subscriber", "team", "deactivated")}
        people |= {"creator": self.tenant.creator, "other creator": stranger.creator}
        for user in people.values():
            user.token  # made before anybody is deactivated
            if user.creator is None or user is people["team"]:
                self.tenant.allowance(user, 1000)
        self.tenant.join(people["team"])
        self.tenant.deactivate(people["deactivated"])
        self.people = people
        self.login = self.tenant.subscriber(password=PASSWORD)
        self.user, self.member = self.tenant.subscriber(), self.tenant.team_member()
        self.names = {user.name for user in (*people.values(), self.user, self.member)}

    def request(self):
        request = self.people["subscriber"].create()
        return self.people["team"].respond(request, "approved")

    def client(self, role, path):
        if role == "anonymous":
            return Client(self.stack, source=own_address())
        user = self.people[role]
        ends = path == "/api/auth/logout" and role != "deactivated"
        token = self.stack.ctl_json("token", "add", user.name)["token"] if ends else user.token
        return Client(self.stack, token=token, source=own_address())

    def target(self, path):
        """The path with the id of what may be changed there, prepared so that the creator can."""
        if path.startswith("/api/team/:id"):
            self.tenant.creator.api.post("/api/team/add", {"user_id": self.member.id})
            return path.replace(":id", str(self.member.id))
        if path.startswith("/api/users/"):
            return path.replace(":id", str(self.user.id))
        return path.replace(":id", str(self.request()["id"])) if ":id" in path else path

    def fields(self, fields):
        known = {"{login}": self.login.name, "{tier}": self.tenant.tier, "{user}": self.user.name}
        return {name: known.get(value, value) for name, value in fields.items()}


@pytest.fixture(scope="module")
def campaign(stack):
    return Campaign(stack)


def call(client, method, path, fields):
    if method == "POST":
        return client.post(path, fields)
    if method == "GET" and fields:
        return client.get(path, fields)
    return client.raw(method, path) if path == "/metrics" else client.request(method, path)


def test_the_matrix_is_the_route_table(stack):
    rows = [line.split()[:3] for line in stack.program("bookreq.fcgi", "--routes").splitlines()]
    assert {f"{method} {path}" for method, path, _ in rows} == set(MATRIX)
    for method, path, role in rows:
        results = dict(zip(ROLES, MATRIX[f"{method} {path}"][1]))
        assert (results["anonymous"] == U) is (role != "none"), path
        assert (results["subscriber"] == F) is (role in ("admin", "creator")), path
        assert (results["team"] == F) is (role == "creator"), path


@pytest.mark.parametrize("route, role", CASES, ids=[f"{route} by {role}" for route, role in CASES])
def test_route(campaign, route, role):
    method, path = route.split()
    fields, expected = MATRIX[route][0], dict(zip(ROLES, MATRIX[route][1]))[role]
    answer = call(campaign.client(role, path), method, campaign.target(path), campaign.fields(fields or {}))
    if isinstance(expected, str):
        status = {U: 401, WRONG: 401, F: 403, O: 403, N: 404, PLAIN: 400}[expected]
        check_problem(answer, status, expected)
    else:
        assert answer.status == expected, answer
    if role in ("anonymous", "other creator", "deactivated") and path != "/api/auth/login":
        own = campaign.people[role].name if role == "other creator" else None
        seen = [name for name in campaign.names if name != own and name.encode() in answer.body]
        assert seen == [], "nothing of another creator's people"
    if role == "other subscriber":
        assert campaign.people["subscriber"].name.encode() not in answer.body, "nothing of another subscriber's"


def test_refused_changes_change_nothing(campaign):
    """What the matrix refused, all at once on things that stay as they are."""
    request, admin = campaign.request(), campaign.tenant.creator.api

    def state():
        paths = [f"{API}/{request['id']}", "/api/tiers", "/api/team", API + "/quota", API + "/admin/live"]
        return [admin.get(path).json for path in paths] + [admin.get(API + "/activity", {"limit": 1}).json]

    campaign.target("/api/team/:id")
    before = state()
    for route, (fields, results) in MATRIX.items():
        method, path = route.split()
        target = path.replace(":id", str({"/api/team": campaign.member.id, "/api/users": campaign.user.id}.get(path.partition("/:id")[0], request["id"])))
        for role, result in zip(ROLES, results):
            if method != "GET" and result in (U, F, N, O):
                call(campaign.client(role, "refused"), method, target, campaign.fields(fields or {}))
    assert state() == before
