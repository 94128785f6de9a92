"""Requests that change something with a cookie must come from the same origin."""

import pytest

from support.checks import API, check_problem
from support.http import Client, own_address
from support.people import unique

PASSWORD = "a password of some length"


@pytest.fixture(scope="module")
def user(tenant):
    user = tenant.subscriber(password=PASSWORD)
    tenant.allowance(user, 1000)
    return user


@pytest.fixture(scope="module")
def cookie(user):
    return user.login()


def origins(stack):
    """header sets with whether they pass"""
    own, port = stack.origin, stack.port
    return {
        "same-origin": ({"Sec-Fetch-Site": "same-origin"}, True),
        "none": ({"Sec-Fetch-Site": "none"}, True),
        "same-site": ({"Sec-Fetch-Site": "same-site"}, False),
        "cross-site": ({"Sec-Fetch-Site": "cross-site"}, False),
        "unknown word": ({"Sec-Fetch-Site": "sure"}, False),
        "cross-site with own origin": ({"Sec-Fetch-Site": "cross-site", "Origin": own}, False),
        "own origin": ({"Origin": own}, True),
        "own origin and host": ({"Origin": own, "Host": f"127.0.0.1:{port}"}, True),
        "other name": ({"Origin": f"http://localhost:{port}"}, False),
        "other port": ({"Origin": f"http://127.0.0.1:{port + 1}"}, False),
        "no port": ({"Origin": "http://127.0.0.1"}, False),
        "other scheme": ({"Origin": f"https://127.0.0.1:{port}"}, False),
        "longer": ({"Origin": own + "0"}, False),
        "with a path": ({"Origin": own + "/"}, False),
        "prefix of another name": ({"Origin": own + ".evil.example"}, False),
        "user in front": ({"Origin": f"http://127.0.0.1:{port}@evil.example"}, False),
        "null": ({"Origin": "null"}, False),
        "neither": ({}, False),
        "referer only": ({"Referer": own + "/"}, False),
    }


NAMES = list(origins(type("Any", (), {"origin": "", "port": 1})))
every_origin = pytest.mark.parametrize("name", NAMES)


@every_origin
@pytest.mark.parametrize("encoding", ["form", "json"])
def test_cookie(stack, user, cookie, name, encoding):
    headers, passes = origins(stack)[name]
    used = user.quota()["requests_used"]
    answer = Client(stack, cookie=cookie, headers=headers).post(API + "/", {"title": unique("Book"), "author": "A"}, encoding=encoding)
    if passes:
        assert answer.status == 201, answer
    else:
        check_problem(answer, 403, "cross_origin")
    assert user.quota()["requests_used"] == used + passes


@every_origin
def test_reading_with_a_cookie_is_free(stack, cookie, name):
    headers, _ = origins(stack)[name]
    assert Client(stack, cookie=cookie, headers=headers).get(API + "/quota").status == 200


@every_origin
def test_bearer_is_exempt(stack, user, name):
    headers, _ = origins(stack)[name]
    answer = Client(stack, token=user.token, headers=headers).post(API + "/", {"title": unique("Book"), "author": "A"})
    assert answer.status == 201, answer


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("neither", "referer only")])
def test_log_in(stack, user, name):
    headers, passes = origins(stack)[name]
    answer = Client(stack, source=own_address(), headers=headers).post("/api/auth/login", {"username": user.name, "password": PASSWORD})
    if passes:
        assert answer.status == 200, answer
    else:
        check_problem(answer, 403, "cross_origin")


@pytest.mark.parametrize("path", ["/api/auth/logout", "/api/auth/password"])
def test_other_changes(stack, cookie, path):
    fields = {"current_password": PASSWORD, "new_password": PASSWORD}
    check_problem(Client(stack, cookie=cookie, headers={"Sec-Fetch-Site": "cross-site"}).post(path, fields), 403, "cross_origin")
    assert Client(stack, cookie=cookie).get("/api/auth/me").status == 200


def test_behind_a_name(stack, cookie):
    """Scheme, host and port are those that the browser used: the Host header's."""
    for host, origin, passes in (("books.example", "http://books.example", True), ("books.example:81", "http://books.example", False),
                                 ("books.example", "http://books.example:80", True), ("books.example", "https://books.example", False)):  # fmt: skip
        client = Client(stack, cookie=cookie, headers={"Host": host, "Origin": origin})
        answer = client.post(API + "/", {"title": unique("Book"), "author": "A"})
        if passes:
            assert answer.status == 201, answer
        else:
            check_problem(answer, 403, "cross_origin")
