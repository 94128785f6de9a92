"""The web server's own authentication: Basic, by one that includes the shipped files; and logs as JSON on the same stack."""

import base64
import json
from types import SimpleNamespace

import pytest

from support.checks import API, check_problem, check_quota
from support.http import Client
from support.live import Live, Refused, Socket, update_of
from support.parallel import eventually
from support.people import Tenant, unique
from support.webserver import PASSWORD, basic, web_server


@pytest.fixture(scope="module")
def trusting(start_stack):
    with start_stack(BOOKREQ_TRUST_REMOTE_USER="yes", BOOKREQ_LOG_FORMAT="json") as stack:
        with web_server(stack) as server:
            tenant = Tenant(stack, password="a password of some length")
            ann = tenant.subscriber("ann", password="a password of some length")
            team = tenant.team_member()
            for user in (tenant.creator, ann, team):
                server.admit(user.name)
            yield SimpleNamespace(stack=stack, server=server, tenant=tenant, ann=ann, team=team)


def test_who_the_web_server_says(trusting):
    for user in (trusting.ann, trusting.team, trusting.tenant.creator):
        answer = trusting.server.client(user.name).get("/api/auth/me")
        assert answer.status == 200 and answer.json["user"]["id"] == user.id, answer
    check_quota(trusting.server.client(trusting.ann.name).get(API + "/quota").json)


def test_roles_are_ours(trusting):
    server = trusting.server
    check_problem(server.client(trusting.ann.name).get(API + "/admin"), 403, "forbidden")
    assert server.client(trusting.team.name).get(API + "/admin").status == 200
    check_problem(server.client(trusting.team.name).post(API + "/settings", {"tier_id": "Gold", "book_requests_allowed": 1}), 403, "forbidden")


def test_whom_the_web_server_refuses(trusting):
    for client in (trusting.server.client(trusting.ann.name, "wrong"), trusting.server.client("nobody"), Client(trusting.server)):
        answer = client.raw("GET", API + "/quota")
        assert answer.status == 401 and answer.headers["WWW-Authenticate"].startswith("Basic"), answer


def test_whom_we_do_not_know(trusting):
    name, gone = unique("stranger"), trusting.tenant.subscriber()
    for who in (name, gone.name):
        trusting.server.admit(who)
    trusting.tenant.deactivate(gone)
    for who in (name, gone.name):
        check_problem(trusting.server.client(who).get(API + "/quota"), 401, "unauthenticated")
        with pytest.raises(Refused) as refusal:
            trusting.server.socket(who, gone.id)
        assert refusal.value.status == 401


def test_a_name_that_is_not_utf_8_is_nobodys(trusting):
    name = unique("j").encode() + b"\xf6rg"
    trusting.server.admit(name)
    client = Client(trusting.server, headers={"Authorization": "Basic " + base64.b64encode(name + b":" + PASSWORD.encode()).decode()})
    check_problem(client.get(API + "/quota"), 401, "unauthenticated")


def test_changes_must_come_from_our_pages(trusting):
    """A browser sends Basic credentials by itself, like a cookie."""
    book = {"title": "T", "author": "A", "allow_duplicate": "true"}
    for site, status in (("same-origin", 201), ("none", 201), ("cross-site", 403), ("same-site", 403)):
        answer = trusting.server.client(trusting.ann.name, **{"Sec-Fetch-Site": site}).post(API, book)
        assert answer.status == status, (site, answer)
    unknown = Client(trusting.server, headers=basic(trusting.ann.name))
    check_problem(unknown.post(API, book), 403, "cross_origin")
    assert unknown.get(API).status == 200


def test_a_session_counts_first(trusting):
    cookie = {"Cookie": f"bookreq_session={trusting.tenant.creator.login()}"}
    answer = trusting.server.client(trusting.ann.name, **cookie).get("/api/auth/me")
    assert answer.json["user"]["id"] == trusting.tenant.creator.id


def test_a_dead_session_hides_nobody(trusting):
    token = trusting.ann.login()
    assert trusting.ann.browser(token).post("/api/auth/logout").status == 204
    for value in (token, "nonsense", ""):
        answer = trusting.server.client(trusting.ann.name, Cookie=f"bookreq_session={value}").get("/api/auth/me")
        assert answer.status == 200 and answer.json["user"]["id"] == trusting.ann.id, answer


def test_a_socket(trusting):
    ann, team = trusting.ann, trusting.team
    sockets = [trusting.server.socket(user.name, user.id) for user in (ann, team)]
    for socket in sockets:
        assert [socket.frame()["type"] for _ in range(2)] == ["connected", "initial_data"]
    request = trusting.server.client(ann.name).post(API, {"title": unique("Book"), "author": "A"}).json["book_request"]
    for socket in sockets:
        assert update_of(request, "created")(socket.frame())
        socket.close()


def test_a_socket_ends_when_its_user_is_locked_out(trusting):
    user = trusting.tenant.subscriber()
    trusting.server.admit(user.name)
    socket = trusting.server.socket(user.name, user.id)
    trusting.tenant.deactivate(user)
    assert socket.ended("unauthenticated")["retry_ms"] is None


@pytest.mark.parametrize("header", ["X-Remote-User", "Remote-User", "X_Remote_User"])
def test_headers_of_the_client(trusting, header):
    """The name comes from the web server alone, with its authentication and without."""
    ann, creator, plain = trusting.ann, trusting.tenant.creator, trusting.stack
    answer = trusting.server.client(ann.name, **{header: creator.name}).get("/api/auth/me")
    assert answer.json["user"]["id"] == ann.id
    with pytest.raises(Refused) as refusal:
        trusting.server.socket(ann.name, creator.id, **{header: creator.name})
    assert refusal.value.status == 403
    check_problem(Client(plain, headers={header: creator.name}).get(API + "/quota"), 401, "unauthenticated")
    with pytest.raises(Refused) as refusal:
        Socket(plain, {header: creator.name}, user_id=creator.id)
    assert refusal.value.status == 401


def test_the_bridge_is_told_the_same_name(trusting):
    """The handshake was passed as ann; the bridge asks again, and must not become whom its client claims to be."""
    ann, creator = trusting.ann, trusting.tenant.creator
    socket = trusting.server.socket(ann.name, ann.id, **{"X-Remote-User": creator.name})
    assert [socket.frame()["type"] for _ in range(2)] == ["connected", "initial_data"]
    socket.send({"type": "refresh_pending"})
    socket.send("ping")
    assert socket.frame() == "pong", "no admin's answer"
    socket.close()


def test_a_socket_of_another_site(trusting):
    with pytest.raises(Refused) as refusal:
        Socket(trusting.server, basic(trusting.ann.name), origin="https://elsewhere.example", user_id=trusting.ann.id)
    assert refusal.value.status == 403


def test_ignored_unless_switched_on(stack, tenant, subscriber):
    with web_server(stack) as server:
        server.admit(subscriber.name)
        check_problem(server.client(subscriber.name).get(API + "/quota"), 401, "unauthenticated")
        with pytest.raises(Refused) as refusal:
            server.socket(subscriber.name, subscriber.id)
        assert refusal.value.status == 401
        cookie = {"Cookie": f"bookreq_session={subscriber.token}"}
        assert server.client(subscriber.name, **cookie).get(API + "/quota").status == 200
        socket = server.socket(subscriber.name, subscriber.id, **cookie)
        assert socket.frame()["type"] == "connected"
        socket.close()


def test_a_token_needs_no_web_server(trusting):
    """Where nothing but ours asks who it is, tokens work as ever."""
    assert trusting.ann.api.get(API + "/quota").status == 200
    Live(trusting.ann).close()


def json_lines(stack, request_id):
    lines = (stack.var / "log/workers.log").read_text().splitlines()
    return [line for line in (json.loads(line) for line in lines if line.startswith("{")) if line.get("request_id") == request_id]


def test_logs_as_json(trusting):
    client, ids = trusting.server.client(trusting.ann.name), [unique("log") for _ in range(3)]
    client.get(API + "/quota", headers={"X-Request-Id": ids[0]})
    client.get(API + "/admin", headers={"X-Request-Id": ids[1]})
    client.get("/api/%22%5c%0a%ff", headers={"X-Request-Id": ids[2]})
    found = [eventually(lambda: json_lines(trusting.stack, request_id), request_id) for request_id in ids]
    for (line,) in found:
        assert set(line) - {"user_id", "code"} == {"time", "level", "program", "request_id", "method", "path", "status", "ms"}, line
        assert line["level"] == "info" and line["program"] == "bookreq.fcgi" and line["method"] == "GET" and type(line["ms"]) is float
    lines = [line for (line,) in found]
    assert [line["status"] for line in lines] == [200, 403, 404]
    assert [line.get("code") for line in lines] == [None, "forbidden", "not_found"]
    assert [line.get("user_id") for line in lines] == [trusting.ann.id, trusting.ann.id, None]
    assert [line["path"] for line in lines] == [API + "/quota", API + "/admin", "/api/%22%5c%0a%ff"]


def test_every_line_of_our_programs_is_json(trusting):
    for name in ("workers", "bridges"):
        for line in (trusting.stack.var / f"log/{name}.log").read_text().splitlines():
            assert line.startswith(("{", "Child", "Spawning")), line  # the latter are multiwatch's
