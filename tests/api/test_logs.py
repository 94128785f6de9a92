"""The workers' log: one line a request."""

import re

from support.checks import API
from support.http import Client
from support.parallel import eventually
from support.people import unique

LINE = re.compile(r"info bookreq\.fcgi req=(\S+)(?: user=(\d+))? (\S+) (\S+) (\d+) (\d+\.\d{3}) ms(?: (\w+))?")


def lines(stack, request_id, log="workers"):
    """What a log has about that request, once it is there."""
    path = stack.var / f"log/{log}.log"

    def found():
        return [line for line in path.read_bytes().splitlines() if f"req={request_id} ".encode() in line]

    return [line.decode() for line in eventually(found, f"{request_id} in the log")]


def logged(stack, client, method, path, headers=None, body=None):
    """User, method, path, status and code of the one line about a request."""
    request_id = unique("log")
    answer = client.raw(method, path, {"X-Request-Id": request_id, **(headers or {})}, body)
    (line,) = lines(stack, request_id)
    match = LINE.fullmatch(line)
    assert match, line
    _, user, logged_method, logged_path, status, _, code = match.groups()
    assert int(status) == answer.status, (line, answer)
    return user and int(user), logged_method, logged_path, int(status), code


def test_a_line_has_who_what_and_the_outcome(stack, tenant, subscriber):
    anybody, api = Client(stack), subscriber.api
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert logged(stack, api, "GET", API + "/quota") == (subscriber.id, "GET", API + "/quota", 200, None)
    assert logged(stack, api, "POST", API, form, "title=T&author=A") == (subscriber.id, "POST", API, 201, None)
    assert logged(stack, api, "GET", API + "/admin") == (subscriber.id, "GET", API + "/admin", 403, "forbidden")
    assert logged(stack, api, "POST", API, form, "title=T&author=A") == (subscriber.id, "POST", API, 409, "duplicate_request")
    assert logged(stack, api, "POST", API, form, "title=T") == (subscriber.id, "POST", API, 422, "invalid")
    assert logged(stack, api, "HEAD", API + "/7777777/") == (subscriber.id, "HEAD", API + "/7777777/", 404, "not_found")
    assert logged(stack, tenant.creator.api, "GET", API + "/admin/live") == (tenant.creator.id, "GET", API + "/admin/live", 200, None)


def test_nobody(stack):
    anybody = Client(stack)
    assert logged(stack, anybody, "GET", "/healthz") == (None, "GET", "/healthz", 200, None)
    assert logged(stack, anybody, "GET", API + "/quota") == (None, "GET", API + "/quota", 401, "unauthenticated")
    assert logged(stack, anybody, "PUT", API) == (None, "PUT", API, 405, "method_not_allowed")


def test_log_in_names_the_user_but_not_the_password(stack, tenant):
    user = tenant.subscriber(password="a password of some length")
    fields = f"username={user.name}&password=a+password+of+some+length"
    form = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    assert logged(stack, Client(stack), "POST", "/api/auth/login", form, fields)[0] == user.id
    log = (stack.var / "log/workers.log").read_bytes()
    assert b"a password" not in log and b"a+password" not in log


def test_the_query_is_not_logged(stack, tenant):
    mark = unique("secret")
    assert logged(stack, tenant.creator.api, "GET", f"{API}/admin?q={mark}")[2] == API + "/admin"
    assert mark.encode() not in (stack.var / "log/workers.log").read_bytes()


def test_nothing_in_a_request_can_forge_a_line(stack):
    path = "/api/x%0Ainfo%20bookreq.fcgi%1b%5b2J"
    assert logged(stack, Client(stack), "GET", path)[2] == path


def test_long_paths_are_cut(stack):
    request_id = unique("log")
    Client(stack).raw("GET", "/api/" + "x" * 3000, {"X-Request-Id": request_id})
    (line,) = lines(stack, request_id)
    assert len(line) < 1000 and LINE.fullmatch(line)


def test_an_id_of_our_own(stack, subscriber):
    answer = subscriber.api.get(API + "/quota")
    (line,) = lines(stack, answer.headers["X-Request-Id"])
    assert f"user={subscriber.id} " in line
