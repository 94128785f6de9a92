"""docs/shared-hosting.md, followed literally, in a temporary home with a provider's Apache; then the main job, by polling and live."""

import socket

import psycopg2
import pytest
from home import Home

from support.checks import API, check_problem, check_quota, check_request
from support.guide import Guide
from support.http import Client
from support.live import Socket
from support.parallel import eventually

PAGE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def guide():
    return Guide("shared-hosting.md")


@pytest.fixture(scope="module")
def home(request, stack, guide):
    """The guide up to its check: PostgreSQL and Redis are those of a stack, of which the account has one database and its owner."""
    run = stack.var / "run"
    connection = psycopg2.connect(host=str(run), user="postgres", dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE alice LOGIN")
        cursor.execute("CREATE DATABASE alice OWNER alice")
    connection.close()
    home = Home()
    failed = request.session.testsfailed
    guide.replace("postgresql://alice:secret@db.example.org/alice", f"postgresql://alice@/alice?host={str(run).replace('/', '%2F')}")
    guide.replace("/home/alice/redis.sock", run / "redis.sock")
    guide.replace("https://books.example.org", home.origin)
    guide.replace("port=8090", f"port={home.websocket_port}")
    try:
        home.build(guide.block("build"))
        for name in ("settings", "people", "site", "style", "prune"):
            home.shell(guide.block(name))
        home.start_apache()
        yield home
    finally:
        home.end(keep=request.session.testsfailed > failed)


class Person:
    """Somebody at a page: a session's cookie, and the position in what happened."""

    def __init__(self, home, name):
        answer = Client(home, headers=PAGE).post("/api/auth/login", {"username": name, "password": f"the password of {name}"})
        assert answer.status == 200, answer
        self.home, self.id, self.cookie = home, answer.json["user"]["id"], {"Cookie": f"bookreq_session={answer.json['token']}"}
        self.api = Client(home, headers={**PAGE, **self.cookie})
        self.cursor = self.api.get(API + "/events").json["cursor"]

    def news(self):
        """What happened since the last call, as pages ask that have no WebSocket."""
        answer = self.api.get(API + "/events", {"cursor": self.cursor}).json
        assert answer["recovered"] is True
        self.cursor = answer["cursor"]
        return answer["messages"]

    def socket(self):
        opened = Socket(self.home, self.cookie, origin=self.home.origin, user_id=self.id)
        assert [opened.frame()["type"] for _ in range(2)] == ["connected", "initial_data"]
        return opened


@pytest.fixture(scope="module")
def people(home):
    return Person(home, "anna"), Person(home, "ben")


def test_the_check(home, guide):
    assert home.shell(guide.block("check")) == '{"database":"ok","redis":"down","mode":"polling"}'


def test_the_main_job_by_polling(people):
    anna, ben = people
    answer = ben.api.post(API, {"title": "Ulysses", "author": "Joyce"})
    assert answer.status == 201, answer
    check_quota(answer.json["quota"], allowed=5, used=1)
    request = answer.json["book_request"]
    assert [message["type"] for message in anna.news()] == ["book_request_update", "pending_count_update"]
    approved = anna.api.post(f"{API}/{request['id']}/respond", {"status": "approved", "response_message": "With pleasure."})
    assert approved.status == 200, approved
    update, = [message for message in ben.news() if message.get("action") == "status_changed"]
    check_request(update["book_request"], id=request["id"], status="approved", response_message="With pleasure.")
    assert anna.news() and ben.news() == []


def test_pages_and_what_is_none(home, people):
    anybody = Client(home)
    page = anybody.raw("GET", "/")
    assert page.status == 200 and "default-src 'self'" in page.headers["Content-Security-Policy"] and page.headers["Cache-Control"] == "no-cache"
    for path in ("/app.js", "/javascript/bootstrap5/css/bootstrap.min.css"):
        assert anybody.raw("GET", path).status == 200, path
    for path in ("/.htaccess", "/metrics", "/nothing"):
        assert anybody.raw("GET", path).status in (403, 404), path
    check_problem(anybody.get("/api/nothing"), 404, "not_found")
    check_problem(Client(home).get(API + "/quota"), 401, "unauthenticated")
    check_problem(people[1].api.get(API + "/admin"), 403, "forbidden")
    check_problem(people[0].api.get(f"{API}/ws?user_id={people[0].id}"), 400, "bad_request")


def test_bearer_tokens(home, people):
    token = home.shell("~/bookreq/bin/bookreqctl token add ben").strip()
    assert Client(home, token=token).get("/api/auth/me").json["user"]["id"] == people[1].id


@pytest.mark.parametrize("size", [65000, 66000, 200000])
def test_large_bodies(people, size):
    answer = people[1].api.raw("POST", API, {"Content-Type": "application/x-www-form-urlencoded"}, b"title=T&author=A&allow_duplicate=true&padding=" + b"x" * (size - 100))
    if size < 65536:
        assert answer.status == 201, answer
    else:
        check_problem(answer, 413, "too_large")


def test_yesterdays_rest_goes_by_itself(home):
    (command,) = home.cron("@daily")
    assert home.shell(command) is not None


def test_live(home, guide, people):
    """cron's line starts it; Redis, websocketd and the bridges' pool do the rest."""
    anna, ben = people
    for name in ("live", "renew"):
        home.shell(guide.block(name))
    (reboot,), (often,) = home.cron("@reboot"), home.cron("*/5 * * * *")
    home.start("/bin/sh", "-c", reboot)
    eventually(lambda: socket.socket().connect_ex((home.host, home.websocket_port)) == 0, "websocketd listens")
    assert home.start("/bin/sh", "-c", often).wait(30) == 0, "it runs already"
    eventually(lambda: '"mode":"live"' in home.shell(guide.block("check")), "live")
    sockets = [anna.socket(), ben.socket()]
    request = ben.api.post(API, {"title": "Dubliners", "author": "Joyce"}).json["book_request"]
    for opened in sockets:
        frame = opened.frame()
        assert frame["type"] == "book_request_update" and frame["book_request"] == request
        opened.close()


def test_a_socket_without_a_session(home, people):
    """There is no check before the process here: it says so itself."""
    opened = Socket(home, {}, origin=home.origin, user_id=people[0].id)
    opened.ended("unauthenticated")
    opened = Socket(home, people[0].cookie, origin="https://elsewhere.example", user_id=people[0].id)
    opened.ended("cross_origin")


def test_every_block_was_followed(guide):
    assert guide.used == set(guide.blocks)
