"""Log-in, log-out, and who one is."""

import time
from datetime import datetime, timezone
from http.cookies import SimpleCookie

import pytest

from support.checks import API, USER_KEYS, check_problem, is_timestamp
from support.http import Client, own_address
from support.people import Tenant, unique

PASSWORD = " correct horse \U0001f40e "


@pytest.fixture(scope="module")
def tenant(stack):
    return Tenant(stack, password=PASSWORD)


@pytest.fixture(scope="module")
def user(tenant):
    return tenant.subscriber(password=PASSWORD)


@pytest.fixture
def page(stack):
    """Somebody on the stack's own pages who has not logged in, at an address where nobody failed before."""
    return Client(stack, source=own_address(), headers={"Sec-Fetch-Site": "same-origin"})


def log_in(client, name, password=PASSWORD, **options):
    return client.post("/api/auth/login", {"username": name, "password": password}, **options)


def me(client):
    return client.get("/api/auth/me")


def cookie_of(answer):
    (header,) = answer.headers.get_all("Set-Cookie")
    (morsel,) = SimpleCookie(header).values()
    assert morsel.key == "bookreq_session" and morsel["httponly"] and morsel["path"] == "/" and morsel["samesite"].lower() == "lax", header
    return morsel


@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
@pytest.mark.parametrize("by", ["name", "email"])
def test_log_in(tenant, user, page, stack, encoding, by):
    answer = log_in(page, getattr(user, by), encoding=encoding)
    assert answer.status == 200 and set(answer.json) == {"user", "token", "expires_at"}, answer
    assert set(answer.json["user"]) == USER_KEYS
    assert is_timestamp(answer.json["expires_at"]) and datetime.fromisoformat(answer.json["expires_at"]) > datetime.now(timezone.utc)
    cookie = cookie_of(answer)
    assert cookie.value == answer.json["token"] and not cookie["secure"], "plain HTTP"
    for client in (Client(stack, cookie=cookie.value), Client(stack, token=answer.json["token"])):
        assert me(client).json["user"] == answer.json["user"]


def test_me(tenant, user):
    assert me(user.api).json == {
        "user": {
            "id": user.id, "username": user.name, "email": user.email, "is_creator": False, "is_team": False,
            "created_by": tenant.creator.id, "tier": {"id": me(user.api).json["user"]["tier"]["id"], "title": "Gold"},
        }
    }  # fmt: skip


def test_me_of_admins(tenant):
    creator = me(tenant.creator.api).json["user"]
    assert (creator["is_creator"], creator["is_team"], creator["created_by"], creator["tier"]) == (True, False, None, None)
    member = tenant.team_member(tier=None)
    answer = me(member.api).json["user"]
    assert (answer["is_creator"], answer["is_team"], answer["created_by"], answer["tier"]) == (False, True, tenant.creator.id, None)


def test_a_user_without_email(stack, tenant):
    name = unique("nomail")
    stack.ctl("user", "add", name, "--creator", str(tenant.creator.id))
    client = Client(stack, token=stack.ctl_json("token", "add", name)["token"])
    assert me(client).json["user"]["email"] is None


@pytest.mark.parametrize("password", ["wrong", PASSWORD.strip(), PASSWORD + " ", PASSWORD.upper(), "x" * 256])
def test_wrong_passwords(user, page, password):
    check_problem(log_in(page, user.name, password), 401, "invalid_credentials")


@pytest.mark.parametrize("name", ["nobody-at-all", "nobody@example.org", "' or 1=1 --", "%", "\U0001f4da"])
def test_unknown_names(page, name):
    check_problem(log_in(page, name), 401, "invalid_credentials")


def test_unknown_name_and_wrong_password_look_alike(user, page):
    unknown, wrong = log_in(page, unique("nobody")), log_in(page, user.name, "wrong password")
    assert unknown.json == wrong.json


@pytest.mark.parametrize(
    "fields, bad",
    [({}, ["username", "password"]), ({"username": "x"}, ["password"]), ({"password": "x"}, ["username"]), ({"username": " ", "password": "x"}, ["username"]),
     ({"username": "a\0", "password": "b\0"}, ["username", "password"])],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["form", "json"])
def test_incomplete_log_in(page, fields, bad, encoding):
    check_problem(page.post("/api/auth/login", fields, encoding=encoding), 422, "invalid", *bad)


def test_users_without_a_password_cannot_log_in(tenant, page):
    user = tenant.subscriber()
    for password in ("x", "null", "\\"):
        check_problem(log_in(page, user.name, password), 401, "invalid_credentials")


def test_deactivated_users_cannot_log_in(tenant, page, stack):
    user = tenant.subscriber(password=PASSWORD)
    session = user.browser(user.login())
    assert me(session).status == 200
    tenant.deactivate(user)
    check_problem(me(session), 401, "unauthenticated")
    check_problem(log_in(page, user.name), 401, "invalid_credentials")
    stack.ctl("user", "activate", user.name)
    assert log_in(page, user.name).status == 200
    check_problem(me(session), 401, "unauthenticated")


def test_a_creator_logs_in_and_works(tenant, page):
    answer = log_in(page, tenant.creator.name)
    assert answer.json["user"]["is_creator"] is True
    assert tenant.creator.browser(cookie_of(answer).value).get(API + "/admin").status == 200


def test_log_out(user, stack):
    token, other = user.login(), user.login()
    assert token != other
    answer = user.browser(token).post("/api/auth/logout")
    assert answer.status == 204 and answer.body == b"", answer
    cookie = cookie_of(answer)
    gone = cookie["max-age"] == "0" or (cookie["expires"] and time.strptime(cookie["expires"].replace("-", " "), "%a, %d %b %Y %H:%M:%S GMT") < time.gmtime())
    assert cookie.value == "" and gone, "the cookie is cleared"
    for client in (Client(stack, cookie=token), Client(stack, token=token)):
        check_problem(me(client), 401, "unauthenticated")
    check_problem(user.browser(token).post("/api/auth/logout"), 401, "unauthenticated")
    assert me(Client(stack, cookie=other)).status == 200


def test_log_out_with_a_bearer_token(user, stack):
    token = user.login()
    assert Client(stack, token=token).post("/api/auth/logout").status == 204
    check_problem(me(Client(stack, cookie=token)), 401, "unauthenticated")


def test_a_cookie_among_others(user, stack):
    token = user.login()
    for header in (f"a=b; bookreq_session={token}; c=d", f"bookreq_session={token}", f"xbookreq_session=no; bookreq_session={token};x", f'a="b; c"; bookreq_session={token}'):
        assert me(Client(stack, headers={"Cookie": header})).status == 200, header
    for header in (f"xbookreq_session={token}", f"Bookreq_Session={token}", f"bookreq_session={token}x", "bookreq_session", "=;=;;", ";" * 1000):
        check_problem(me(Client(stack, headers={"Cookie": header})), 401, "unauthenticated")


def test_a_password_set_by_the_operator(tenant, page, stack):
    user = tenant.subscriber(password=PASSWORD)
    session = user.browser(user.login())
    stack.ctl("user", "passwd", user.name, "--password-stdin", stdin="another password")
    check_problem(log_in(page, user.name), 401, "invalid_credentials")
    assert log_in(page, user.name, "another password").status == 200
    check_problem(me(session), 401, "unauthenticated")
    assert me(user.api).status == 200
