"""Who gets a socket, and what it says first."""

from types import SimpleNamespace

import pytest
from websocket import ABNF

from support.checks import check_quota
from support.http import Client
from support.live import Closed, Refused, Socket
from support.people import Tenant


def status(stack, *arguments, **options):
    """What a handshake is answered with: 101 when it succeeds."""
    try:
        Socket(stack, *arguments, **options).close()
    except Refused as refusal:
        return refusal.status
    return 101


def bearer(user):
    return {"Authorization": f"Bearer {user.token}"}


def cookie(user):
    return {"Cookie": f"bookreq_session={user.token}"}


@pytest.fixture(scope="module")
def ann(tenant):
    return tenant.subscriber("ann")


@pytest.mark.parametrize("credentials", [bearer, cookie])
def test_upgrade(stack, ann, credentials):
    assert status(stack, credentials(ann), origin=stack.origin, user_id=ann.id) == 101


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer 1.x"}, {"Cookie": "bookreq_session=x"}, {"Remote-User": "ann"}, {"Authorization": "Basic YTpi"}],
    ids=str,
)
def test_nobody(stack, ann, headers):
    assert status(stack, headers, user_id=ann.id) == 401


def test_a_deactivated_user(stack, tenant):
    user = tenant.subscriber()
    headers = bearer(user)
    tenant.deactivate(user)
    assert status(stack, headers, user_id=user.id) == 401


def test_another_users_id(stack, tenant, ann, team, second_tenant):
    for user_id in (team.id, tenant.creator.id, second_tenant.creator.id, 2**53, 0, -1, f"{ann.id}x", "x", "", f"{ann.id},{ann.id}"):
        assert status(stack, bearer(ann), user_id=user_id) == 403, user_id
    assert status(stack, bearer(team), user_id=ann.id) == 403, "an admin neither"


def test_no_id(stack, ann):
    assert status(stack, bearer(ann)) == 403
    assert status(stack, bearer(ann), cursor="x") == 403


@pytest.mark.parametrize("credentials", [bearer, cookie])
def test_pages_of_other_origins(stack, ann, credentials):
    for origin in ("http://evil.example", f"http://localhost:{stack.port}", f"https://127.0.0.1:{stack.port}", f"http://127.0.0.1:{stack.port + 1}", "null"):
        assert status(stack, credentials(ann), origin=origin, user_id=ann.id) == 403, origin


def test_not_a_websocket(ann):
    answer = ann.api.raw("GET", f"/api/book-requests/ws?user_id={ann.id}")
    assert 400 <= answer.status < 500, answer


def test_a_bridge_refuses_by_itself(stack, ann, team):
    """Who reaches websocketd past the web server's check; an error is the only frame."""
    own, page = bearer(ann), stack.origin
    websocketd = SimpleNamespace(host=stack.host, port=int((stack.var / "run/websocketd.port").read_text()))
    for code, headers, origin, user_id in (
        ("unauthenticated", {}, None, ann.id),
        ("unauthenticated", {"Authorization": "Bearer 1.x"}, page, ann.id),
        ("forbidden", own, None, team.id),
        ("forbidden", own, None, ""),
        ("cross_origin", own, "http://evil.example", ann.id),
        ("cross_origin", cookie(ann), "null", ann.id),
    ):
        socket = Socket(websocketd, headers, origin=origin, user_id=user_id)
        first = socket.frame()
        assert (first["type"], first["code"], first["retry_ms"]) == ("error", code, None)
        with pytest.raises(Closed):
            socket.frame()


def test_headers_that_the_web_server_sets_itself(stack, ann, second_tenant, connect):
    """Who claims another's channels gets his own stream and nothing else."""
    claims = {"X-Bookreq-Channels": f"{{{second_tenant.creator.id}}}:admins", "X-Channels": f"{{{second_tenant.creator.id}}}:admins"}
    socket = Socket(stack, {**bearer(ann), **claims}, user_id=ann.id)
    assert socket.frame()["type"] == "connected" and socket.frame()["type"] == "initial_data"
    second_tenant.subscriber().create()
    request = ann.create()
    assert socket.frame()["book_request"] == request
    socket.close()


def test_a_session_cookie(stack, tenant):
    user = tenant.subscriber(password="a password")
    token = user.login()
    socket = Socket(stack, {"Cookie": f"a=b; bookreq_session={token}"}, origin=stack.origin, user_id=user.id)
    assert socket.frame()["type"] == "connected"
    socket.close()


def test_first_frames(own_tenant, connect):
    ann = own_tenant.subscriber("ann")
    for user in (ann, own_tenant.creator, own_tenant.team_member()):
        socket = connect(user)
        check_quota(socket.initial["quota"], used=0)
        assert (socket.initial["pending_count"], socket.initial["unread_count"], socket.initial["recovered"]) == (0, 0, False)
        socket.quiet()


def test_first_frames_tell_the_present_state(own_tenant, connect):
    ann, team = own_tenant.subscriber("ann"), own_tenant.team_member()
    requests = [ann.create() for _ in range(3)]
    team.respond(requests[0], "approved")
    ann.act(requests[0], "reply", user_reply="thanks")
    initial = connect(ann).initial
    assert initial["quota"] == ann.quota() and initial["quota"]["requests_used"] == 3
    assert (initial["pending_count"], initial["unread_count"]) == (0, 1), "no pending count for subscribers"
    initial = connect(team).initial
    assert (initial["pending_count"], initial["unread_count"]) == (2, 1)
    initial = connect(own_tenant.creator).initial
    assert (initial["pending_count"], initial["unread_count"]) == (2, 0)
    assert initial["quota"]["requests_allowed"] == 0


def test_ping_and_refresh(tenant, team, connect):
    ann = tenant.subscriber()
    socket = connect(ann)
    for _ in range(3):
        socket.quiet()
    frame = socket.refresh("quota")
    assert frame == {"type": "quota_update", "quota": ann.quota(), "cursor": socket.initial["cursor"]}
    request = ann.create()
    socket.events(2)
    frame = socket.refresh("quota")
    assert frame == {"type": "quota_update", "quota": ann.quota(), "cursor": socket.cursor} and frame["quota"]["requests_used"] == 1
    admin = connect(team)
    frame = admin.refresh("pending")
    pending = team.api.get("/api/book-requests/admin").json["pending_count"]
    assert frame == {"type": "pending_count_update", "pending_count": pending, "cursor": admin.cursor} and pending >= 1
    assert admin.refresh("quota")["quota"] == team.quota()
    team.respond(request, "approved")
    admin.until(lambda frame: frame["type"] == "pending_count_update")
    assert admin.refresh("pending")["pending_count"] == pending - 1


@pytest.mark.parametrize(
    "message",
    ["", " ", "hello", "PING", " ping", "{", "[]", "null", "7", '"ping"', "{}", '{"type":null}', '{"type":"refresh"}', '{"type":["refresh_quota"]}', '{"type":"refresh_pending"}',
     '{"type":"subscribe","channel":"x"}', '{"type":"error","code":"x"}', "[" * 2000, '{"a":' * 500, "\x01\x02", "\U0001f600" * 1000, "x" * 4096, '{"type":"refresh_quota"'],
    ids=range(23),
)  # fmt: skip
def test_anything_else_is_ignored(tenant, connect, message):
    socket = connect(tenant.subscriber())
    socket.send(message)
    socket.quiet()


@pytest.mark.parametrize("message", [b"ping", b"hello", b'{"type":"refresh_quota"}', b"\x00\x01", b"\xff\xfe", b"x" * 4096], ids=range(6))
def test_so_are_binary_frames(tenant, connect, message):
    """And the next one is read by itself."""
    user = tenant.subscriber()
    socket = connect(user)
    socket.connection.send_binary(message)
    if message[-1] in b"\x01\xfe":  # the others are known to have been read only when something was answered
        socket.quiet()
    user.create()
    socket.events(2)
    socket.quiet()


def test_a_frame_in_fragments(tenant, connect):
    socket = connect(tenant.subscriber())
    for number, letter in enumerate("ping"):
        socket.connection.send_frame(ABNF.create_frame(letter, ABNF.OPCODE_CONT if number else ABNF.OPCODE_TEXT, int(number == 3)))
    assert socket.frame() == "pong"


def test_a_client_may_space_its_words(tenant, connect):
    socket = connect(tenant.subscriber())
    assert socket.refresh("quota") == {"type": "quota_update", "quota": socket.user.quota(), "cursor": socket.cursor}
    socket.send(' {\n "x" : [1, {"type":"y"}],\t"type" : "refresh_\\u0071uota" } '.replace("\n", " "))
    assert socket.frame()["type"] == "quota_update"


def test_no_frames_of_another_creator(stack, second_tenant, connect):
    own = Tenant(stack)
    ann = own.subscriber()
    sockets = [connect(ann), connect(own.creator)]
    stranger = second_tenant.subscriber()
    second_tenant.creator.respond(stranger.create(), "rejected")
    request = ann.create()
    for socket in sockets:
        assert socket.event()["book_request"] == request


def test_anonymous_client_is_told_nothing_of_users(stack):
    assert Client(stack).raw("GET", "/api/book-requests/ws?user_id=1").status in (400, 401, 404, 426)
