"""One request's id, in whatever a person looks at to find out what happened."""

from support.checks import API
from support.database import database
from support.http import Client
from support.live import Socket
from support.parallel import eventually
from support.people import unique


def in_log(stack, name, request_id):
    """The log's lines with the id, once there are any."""
    path = stack.var / f"log/{name}.log"
    return eventually(lambda: [line for line in path.read_text(errors="replace").splitlines() if request_id in line], f"{request_id} in {name}.log")


def column(stack, query, *values):
    connection = database(stack)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            return [row[0] for row in cursor.fetchall()]
    finally:
        connection.close()


def events(stack, request_id):
    return column(stack, "SELECT frame::json->>'type' FROM bookreq.events WHERE request_id = %s ORDER BY audience DESC, seq", request_id)



def test_a_change_is_found_in_every_log_and_in_its_events(stack, subscriber):
    request_id = unique("trace")
    answer = subscriber.api.post(API, {"title": "T", "author": "A"}, headers={"X-Request-Id": request_id})
    assert answer.status == 201 and answer.headers["X-Request-Id"] == request_id
    assert "POST /api/book-requests" in in_log(stack, "access", request_id)[0]
    assert f"req={request_id} user={subscriber.id} POST" in in_log(stack, "workers", request_id)[0]
    assert events(stack, request_id) == ["book_request_update", "quota_update", "book_request_update", "pending_count_update"]


def test_postgresql_names_the_request_that_it_refused(stack, subscriber):
    request_id = unique("trace")
    assert subscriber.api.get(API + "/admin", headers={"X-Request-Id": request_id}).status == 403
    assert "Only the creator and the team may do this." in in_log(stack, "postgres", f" {request_id} ")[0]


def test_an_id_that_the_web_server_made_is_everybodys(stack, subscriber):
    request_id = subscriber.api.post(API, {"title": "T", "author": "A"}).headers["X-Request-Id"]
    assert in_log(stack, "access", request_id) and in_log(stack, "workers", request_id) and events(stack, request_id)


def test_what_is_no_id_is_in_no_log(stack):
    bad = unique("bad") + " id"
    assert Client(stack).raw("GET", "/healthz", {"X-Request-Id": bad}).headers["X-Request-Id"] != bad
    assert bad not in (stack.var / "log/access.log").read_text()


def test_a_socket_has_an_id_too(stack, subscriber):
    request_id = unique("trace")
    Socket(stack, {**subscriber.api.headers, "X-Request-Id": request_id}, user_id=subscriber.id).close()
    assert "/api/book-requests/ws" in in_log(stack, "access", request_id)[0]


def test_what_bookreqctl_changed_says_so(stack, tenant, subscriber):
    stack.ctl("user", "set", subscriber.name, "--allowance", "7")
    stack.ctl("team", "add", "--creator", tenant.creator.name, subscriber.name)
    requests = column(
        stack, "SELECT DISTINCT request_id FROM bookreq.events WHERE creator_id = %s AND audience = %s", tenant.creator.id, subscriber.id
    )
    assert requests == ["bookreqctl"]
