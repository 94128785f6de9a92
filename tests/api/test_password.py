"""POST /api/auth/password."""

import pytest

from support.checks import check_problem
from support.database import under_way
from support.http import Client, own_address
from support.people import Tenant

OLD = "the old password"
PATH = "/api/auth/password"


@pytest.fixture(scope="module")
def tenant(stack):
    return Tenant(stack)


@pytest.fixture(scope="module")
def steady(tenant):
    """A user whose password no test changes."""
    user = tenant.subscriber(password=OLD)
    return user.browser(user.login())


def me(client):
    return client.get("/api/auth/me")


def test_other_sessions_end(tenant, stack):
    user, bystander = tenant.subscriber(password=OLD), tenant.subscriber(password=OLD)
    session = bystander.browser(bystander.login())
    tokens = [user.login() for _ in range(3)]
    this, *others = [Client(stack, cookie=token, headers={"Sec-Fetch-Site": "same-origin"}) for token in tokens]
    answer = this.post(PATH, {"current_password": OLD, "new_password": " new secret \n"})
    assert answer.status == 204 and answer.body == b"", answer
    assert me(this).status == 200
    for client in others:
        check_problem(me(client), 401, "unauthenticated")
    assert me(user.api).status == 200, "tokens of the command line stay"
    assert me(session).status == 200 and bystander.login(), "other users notice nothing"
    page = Client(stack, source=own_address(), headers={"Sec-Fetch-Site": "same-origin"})
    for password in (OLD, "new secret"):
        check_problem(page.post("/api/auth/login", {"username": user.name, "password": password}), 401, "invalid_credentials")
    assert page.post("/api/auth/login", {"username": user.name, "password": " new secret \n"}).status == 200


def test_a_log_in_under_way_ends_too(tenant, stack):
    """It was judged by the old password, and comes to its end while the change is being committed."""
    user = tenant.subscriber(password=OLD)
    page = Client(stack, source=own_address(), headers={"Sec-Fetch-Site": "same-origin"})
    change = "UPDATE bookreq.users SET password_hash = 'of another one' WHERE id = %s"
    with under_way(stack, lambda: page.post("/api/auth/login", {"username": user.name, "password": OLD}), "login_finish", change, user.id) as (held, answers):
        held.commit()
    check_problem(answers[0], 401, "invalid_credentials")


@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
@pytest.mark.parametrize("password", ["x" * 10, "\U0001f511" * 256, " " * 10], ids=["shortest", "longest", "spaces"])
def test_lengths_count_code_points(tenant, stack, encoding, password):
    user = tenant.subscriber(password=OLD)
    session = user.browser(user.login())
    assert session.post(PATH, {"current_password": OLD, "new_password": password}, encoding=encoding).status == 204
    user.password = password
    user.login()


@pytest.mark.parametrize(
    "fields, bad",
    [
        ({}, ["current_password", "new_password"]),
        ({"current_password": OLD}, ["new_password"]),
        ({"new_password": "x" * 10}, ["current_password"]),
        ({"current_password": OLD, "new_password": "x" * 9}, ["new_password"]),
        ({"current_password": OLD, "new_password": "\U0001f511" * 9}, ["new_password"]),
        ({"current_password": OLD, "new_password": "x" * 257}, ["new_password"]),
        ({"current_password": OLD, "new_password": "x" * 10 + "\0"}, ["new_password"]),
    ],
)
@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
def test_bad_passwords(steady, encoding, fields, bad):
    check_problem(steady.post(PATH, fields, encoding=encoding), 422, "invalid", *bad)


def test_wrong_current_password(tenant):
    user = tenant.subscriber(password=OLD)
    session = user.browser(user.login())
    check_problem(session.post(PATH, {"current_password": OLD + " ", "new_password": "x" * 10}), 401, "invalid_credentials")
    assert me(session).status == 200
    user.login()


def test_with_a_bearer_token(tenant):
    user = tenant.subscriber(password=OLD)
    session = user.browser(user.login())
    assert user.api.post(PATH, {"current_password": OLD, "new_password": "x" * 10}).status == 204
    check_problem(me(session), 401, "unauthenticated")
    assert me(user.api).status == 200


def test_nobody(stack):
    check_problem(Client(stack).post(PATH, {"current_password": OLD, "new_password": "x" * 10}), 401, "unauthenticated")
