"""How sockets end: sessions that die, too many, too large, too fast."""

import pytest

from support.http import Client
from support.live import Closed, Live, Refused, Socket
from support.parallel import eventually

PASSWORD = "a password of some length"


def session_socket(user, token):
    socket = Socket(user.stack, {"Cookie": f"bookreq_session={token}"}, origin=user.stack.origin, user_id=user.id)
    assert socket.frame()["type"] == "connected" and socket.frame()["type"] == "initial_data"
    return socket


@pytest.fixture(scope="module")
def user(tenant):
    return tenant.subscriber(password=PASSWORD)


def over(socket):
    """The socket's user was logged out: it says so and ends."""
    assert socket.ended("unauthenticated")["retry_ms"] is None


def alive(socket):
    socket.send("ping")
    assert socket.frame() == "pong"


def test_log_out(user, connect):
    token, other = user.login(), user.login()
    sockets = [session_socket(user, token) for _ in range(2)]
    others = [session_socket(user, other), connect(user)]
    assert user.browser(token).post("/api/auth/logout").status == 204
    for socket in sockets:
        over(socket)
    for socket in others:
        alive(socket)
    with pytest.raises(Refused) as refusal:
        session_socket(user, token)
    assert refusal.value.status == 401
    others[0].close()


def test_password_change(tenant, connect):
    user = tenant.subscriber(password=PASSWORD)
    this, other = user.login(), user.login()
    kept, ended, command_line = session_socket(user, this), session_socket(user, other), connect(user)
    answer = user.browser(this).post("/api/auth/password", {"current_password": PASSWORD, "new_password": "another password"})
    assert answer.status == 204, answer
    over(ended)
    alive(kept)
    alive(command_line)
    kept.close()


def test_password_by_the_operator(tenant, stack, connect):
    user = tenant.subscriber(password=PASSWORD)
    session, command_line = session_socket(user, user.login()), connect(user)
    stack.ctl("user", "passwd", user.name, "--password-stdin", stdin="another password")
    over(session)
    alive(command_line)


def test_deactivation(tenant, stack, connect):
    user, admin = tenant.subscriber(password=PASSWORD), tenant.team_member()
    sockets = [session_socket(user, user.login()), connect(user)]
    others = [connect(admin), connect(admin)]
    tenant.deactivate(user)
    for socket in sockets:
        over(socket)
    for socket in others:
        alive(socket)
    tenant.deactivate(admin)
    for socket in others:
        over(socket)


def test_revoked_tokens(tenant, stack, connect):
    user = tenant.subscriber(password=PASSWORD)
    session, command_line = session_socket(user, user.login()), connect(user)
    stack.ctl("token", "revoke", user.name)
    over(command_line)
    alive(session)
    session.close()


def test_too_many_connections(tenant, connect):
    user, limit = tenant.subscriber(), 20
    sockets = [connect(user) for _ in range(limit)]
    surplus = Socket(user.stack, {"Authorization": f"Bearer {user.token}"}, user_id=user.id)
    error = surplus.frame()
    assert (error["type"], error["code"]) == ("error", "too_many_connections"), "instead of connected"
    assert set(error) == {"type", "code", "message", "retry_ms"} and 1000 <= error["retry_ms"] <= 10000
    with pytest.raises(Closed):
        surplus.frame()
    for socket in sockets:
        alive(socket)
    connect(tenant.subscriber())
    sockets[0].close()

    def place():
        socket = Socket(user.stack, {"Authorization": f"Bearer {user.token}"}, user_id=user.id)
        free = socket.frame()["type"] == "connected"
        socket.close()
        return free

    eventually(place, "a closed socket's place is free")


def test_admins_are_counted_like_everybody(tenant, connect):
    admin = tenant.team_member()
    for _ in range(20):
        connect(admin)
    connect(tenant.creator)
    surplus = Socket(admin.stack, {"Authorization": f"Bearer {admin.token}"}, user_id=admin.id)
    assert surplus.ended("too_many_connections")["retry_ms"] >= 1000


@pytest.mark.parametrize("size", [4097, 5000, 70000, 2**20])
@pytest.mark.parametrize("letter", ["x", "{"])
def test_too_large(tenant, team, size, letter):
    socket, other = Live(tenant.subscriber()), Live(team)
    socket.send(letter * size)
    assert socket.ended("too_large")["retry_ms"] == 1000
    other.quiet()
    other.close()


def test_bytes_are_counted(tenant):
    socket = Live(tenant.subscriber())
    socket.send("\U0001f4da" * 1024)
    socket.quiet()
    socket.send("\U0001f4da" * 1024 + "x")
    socket.ended("too_large")


@pytest.mark.parametrize("message", ["ping", "nonsense", '{"type":"refresh_quota"}', ""])
def test_too_many_frames(tenant, message):
    socket = Live(tenant.subscriber())
    try:
        for _ in range(100):
            socket.send(message)
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused before the last was sent
    assert socket.ended("too_many_frames")["retry_ms"] == 1000


def test_a_burst_that_is_allowed(tenant, connect):
    socket = connect(tenant.subscriber())
    for _ in range(20):
        socket.send("ping")
    assert [socket.frame() for _ in range(20)] == ["pong"] * 20


def test_other_requests_of_an_ended_session(user, stack):
    token = user.login()
    socket = session_socket(user, token)
    Client(stack, token=token).post("/api/auth/logout")
    over(socket)


def test_a_renewed_epoch(tenant, team, stack, connect):
    """After a restore: whoever is connected is told and ends, and no cursor of before is good."""
    user = tenant.subscriber()
    sockets = [connect(user), connect(team)]
    cursors = [socket.cursor for socket in sockets]
    stack.ctl("epoch", "--renew")
    for socket in sockets:
        assert socket.ended("epoch_changed")["retry_ms"] > 0
    for person, cursor in zip((user, team), cursors):
        socket = connect(person, cursor)
        assert socket.initial["recovered"] is False and socket.cursor.partition("-")[0] != cursor.partition("-")[0]
        assert person.api.get("/api/book-requests/events", {"cursor": cursor}).json["recovered"] is False
