"""What holds for every path: methods, slashes, headers, request ids, and the answers of health checks."""

import re

import pytest

from support.checks import API, check_problem
from support.http import REQUEST_ID, Client

# path without its trailing slash, its methods besides OPTIONS
PATHS = [
    ("/api/auth/login", {"POST"}),
    ("/api/auth/logout", {"POST"}),
    ("/api/auth/me", {"GET"}),
    ("/api/auth/password", {"POST"}),
    (API, {"GET", "POST"}),
    (API + "/quota", {"GET"}),
    (API + "/quota/ledger", {"GET"}),
    (API + "/admin", {"GET"}),
    (API + "/{id}", {"GET"}),
    (API + "/{id}/respond", {"POST"}),
    (API + "/{id}/accept", {"POST"}),
    (API + "/{id}/fulfill", {"POST"}),
    (API + "/{id}/reply", {"POST"}),
    (API + "/events", {"GET"}),
    (API + "/activity", {"GET"}),
    (API + "/admin/live", {"GET"}),
    (API + "/settings", {"POST"}),
    (API + "/chapters-settings", {"POST"}),
    ("/api/tiers", {"GET"}),
    ("/api/team", {"GET"}),
    ("/api/team/add", {"POST"}),
    ("/api/team/{id}", {"DELETE"}),
    ("/api/users/{id}/deactivate", {"POST"}),
    ("/api/users/{id}/activate", {"POST"}),
    ("/api/notifications", {"GET"}),
    ("/api/notifications/read", {"POST"}),
    ("/healthz", {"GET"}),
    ("/readyz", {"GET"}),
]
every_path = pytest.mark.parametrize("path, methods", PATHS, ids=[path for path, _ in PATHS])
readable = pytest.mark.parametrize("path", [path for path, methods in PATHS if "GET" in methods])


@pytest.fixture(scope="module")
def request_(tenant, team):
    return team.create()


@pytest.fixture(scope="module")
def anybody(stack):
    return Client(stack)


def allowed(answer):
    return set(re.split(r",\s*", answer.headers["Allow"]))


@every_path
@pytest.mark.parametrize("slash", ["", "/"])
def test_methods(team, anybody, request_, path, methods, slash):
    path = path.format(id=request_["id"]) + slash
    options = team.api.request("OPTIONS", path)
    assert options.status == 204 and options.body == b"", options
    most = methods | ({"HEAD"} if "GET" in methods else set()) | {"OPTIONS"}
    assert methods <= allowed(options) <= most
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods:
        answer = anybody.request(method, path)
        check_problem(answer, 405, "method_not_allowed")
        assert methods <= allowed(answer) <= most


@pytest.mark.parametrize("path", ["/api/auth/me", "/healthz"])
def test_a_method_that_web_servers_refuse(anybody, path):
    answer = anybody.request("TRACE", path)
    check_problem(answer, 405, "method_not_allowed")
    assert allowed(answer) == {"GET", "HEAD", "OPTIONS"}


@readable
@pytest.mark.parametrize("slash", ["", "/"])
def test_with_and_without_a_slash(team, request_, path, slash):
    answer = team.api.get(path.format(id=request_["id"]) + slash)
    assert answer.status == 200, answer
    if path != "/healthz":
        assert re.fullmatch(r"application/json(; *charset=utf-8)?", answer.headers["Content-Type"], re.I)
        answer.json


@readable
def test_head(team, request_, path):
    path = path.format(id=request_["id"])
    get, head = team.api.get(path), team.api.request("HEAD", path)
    assert head.status == 200 and head.body == b""
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


def test_head_of_an_error(team, anybody):
    answer = team.api.request("HEAD", API + "/999999999999")
    assert answer.status == 404 and answer.body == b"" and answer.headers["Content-Type"].startswith("application/problem+json")
    assert anybody.request("HEAD", API + "/quota").status == 401


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api/nothing", "/api/auth", "/api/auth/login/x", "/api/book-request", "/api/book-requestsx", API + "/quota/x", API + "/7/nothing",
     API + "/7/accept/x", "/API/book-requests/quota", API + "/Quota", "/bridge/open", "/api/bridge/open", "/bridge/fetch?cursor=1"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_no_such_path(team, method, path):
    answer = team.api.raw(method, path)
    if path.startswith("/api/"):
        check_problem(answer, 404, "not_found")
    else:
        assert answer.status in ((404,) if method == "GET" else (403, 404, 405)), answer


@pytest.mark.parametrize("value", ["a", "req-1.2_3", "A" * 64, "0"])
def test_request_id_of_the_client(team, anybody, value):
    for client, path in ((team.api, API + "/quota"), (anybody, API + "/quota"), (anybody, "/healthz"), (anybody, "/api/nothing")):
        assert client.get(path, headers={"X-Request-Id": value}).headers["X-Request-Id"] == value


@pytest.mark.parametrize("value", ["A" * 65, "a b", "a/b", "ä".encode(), "a,b", "<x>", '"'])
def test_request_id_that_is_none(team, value):
    given = team.api.get(API + "/quota", headers={"X-Request-Id": value}).headers["X-Request-Id"]
    assert REQUEST_ID.fullmatch(given) and given != value


def test_request_ids_differ(team):
    assert len({team.api.get(API + "/quota").headers["X-Request-Id"] for _ in range(5)}) == 5


def test_healthz(anybody):
    assert anybody.get("/healthz").status == 200


def test_readyz(anybody):
    answer = anybody.get("/readyz")
    assert answer.status == 200 and answer.json == {"database": "ok", "redis": "ok", "mode": "live"}


@pytest.mark.parametrize("header", ["BOOKREQ_BRIDGE", "BOOKREQ-BRIDGE", "HTTP_BOOKREQ_BRIDGE", "REMOTE_USER", "Remote-User"])
@pytest.mark.parametrize("path", ["/api/bridge/open", API + "/quota"])
def test_headers_that_look_like_the_web_servers_variables(tenant, anybody, header, path):
    for value in ("1", tenant.creator.name):
        answer = anybody.get(path, headers={header: value})
        if path.startswith(API):
            check_problem(answer, 401, "unauthenticated")
        else:
            check_problem(answer, 404, "not_found")
