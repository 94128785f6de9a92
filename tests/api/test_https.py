"""The same over HTTPS: the cookie is Secure, and the origin has another scheme."""

import http.client
import json
import ssl
from types import SimpleNamespace

import pytest
import websocket

from support.checks import API
from support.http import Answer, encode
from support.people import Tenant, unique
from support.webserver import basic, web_server

PASSWORD = "a password of some length"


class Browser:
    """Somebody whom the web server lets in; what it says itself is no part of this."""

    def __init__(self, server, user):
        self.server, self.user = server, user
        self.origin = f"https://{server.host}:{server.secure}"
        self.tls = ssl._create_unverified_context()
        server.admit(user.name)

    def post(self, path, fields, **headers):
        content_type, body = encode(fields, "form")
        connection = http.client.HTTPSConnection(self.server.host, self.server.secure, context=self.tls, timeout=60)
        try:
            connection.request("POST", path, body, {"Content-Type": content_type, **basic(self.user.name), **headers})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def socket(self, origin, cookie):
        url = f"wss://{self.server.host}:{self.server.secure}{API}/ws?user_id={self.user.id}"
        return websocket.create_connection(url, header={**basic(self.user.name), **cookie}, origin=origin, sslopt={"cert_reqs": ssl.CERT_NONE}, timeout=60)


@pytest.fixture(scope="module")
def browser(stack):
    with web_server(stack) as server:
        yield Browser(server, Tenant(stack).subscriber(password=PASSWORD))


@pytest.fixture(scope="module")
def session(browser):
    """The session's cookie, as the browser sends it."""
    answer = browser.post("/api/auth/login", {"username": browser.user.name, "password": PASSWORD}, Origin=browser.origin)
    assert answer.status == 200, answer
    (cookie,) = answer.headers.get_all("Set-Cookie")
    return SimpleNamespace(set=cookie, headers={"Cookie": cookie.partition(";")[0]})


def test_the_cookie_is_secure(browser, session):
    assert session.set.endswith("; Secure"), session.set
    answer = browser.post("/api/auth/logout", {}, Origin=browser.origin, Cookie=f"bookreq_session={browser.user.login()}")
    assert answer.status == 204 and answer.headers["Set-Cookie"].endswith("; Secure"), answer.headers.as_string()


def test_the_scheme_belongs_to_the_origin(browser, session):
    plain = browser.origin.replace("https", "http")
    for origin, status in ((browser.origin, 201), (plain, 403), ("https://" + browser.server.host, 403)):
        assert browser.post(API, {"title": unique("Book"), "author": "A"}, Origin=origin, **session.headers).status == status, origin
    login = {"username": browser.user.name, "password": PASSWORD}
    assert browser.post("/api/auth/login", login, Origin=plain).status == 403


def test_a_socket(browser, session):
    socket = browser.socket(browser.origin, session.headers)
    assert json.loads(socket.recv())["type"] == "connected"
    socket.close()
    with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
        browser.socket(browser.origin.replace("https", "http"), session.headers)
    assert refusal.value.status_code == 403
