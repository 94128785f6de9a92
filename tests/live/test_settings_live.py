"""A tier's new settings reach everybody of it who is connected, as a state without a place in the stream."""

import signal

from redis import Redis

from support.checks import API, check_quota
from support.database import under_way
from support.http import Client
from support.live import update_of


def change(user, path="settings", **fields):
    answer = user.api.post(f"{API}/{path}", {"tier_id": "Gold", **fields})
    assert answer.status == 200, answer
    return answer.json


def state(socket, allowed, **expected):
    """The next frame is a quota_update without a cursor."""
    frame = socket.frame()
    assert frame["type"] == "quota_update" and frame.get("cursor") is None, frame
    check_quota(frame["quota"], allowed=allowed)
    for name, value in expected.items():
        assert frame["quota"][name] == value, frame


def test_everybody_of_the_tier(own_tenant, connect):
    own_tenant.set_tier("Silver", 3)
    users = [own_tenant.subscriber() for _ in range(3)] + [own_tenant.team_member()]
    other = own_tenant.subscriber(tier="Silver")
    sockets = [connect(user) for user in (*users, users[0])]
    unconcerned = [connect(other), connect(own_tenant.creator)]
    assert change(own_tenant.creator, book_requests_allowed=7)["users_updated"] == 4
    for socket in sockets:
        state(socket, 7, chapters_allowed_per_book_request=10)
    assert change(own_tenant.creator, "chapters-settings", chapters_allowed_per_book_request=2)["users_updated"] == 4
    for socket in sockets:
        state(socket, 7, chapters_allowed_per_book_request=2)
    for socket in (*sockets, *unconcerned):
        socket.quiet()


def test_those_who_are_away(own_tenant, connect):
    """It is not replayed: initial_data has the quota of now."""
    ann = own_tenant.subscriber()
    socket = connect(ann)
    request = ann.create()
    socket.until(update_of(request))
    cursor = socket.event()["cursor"]
    socket.close()
    change(own_tenant.creator, book_requests_allowed=7)
    socket = connect(ann, cursor)
    assert socket.initial["recovered"] is True and socket.initial["cursor"] == cursor
    check_quota(socket.initial["quota"], allowed=7, used=1)
    socket.quiet()
    answer = ann.api.get(API + "/events", {"cursor": cursor}).json
    assert answer["messages"] == [] and answer["recovered"] is True


def test_an_own_allowance(own_tenant, connect):
    plain, own = own_tenant.subscriber(), own_tenant.subscriber()
    own_tenant.allowance(own, 3)
    sockets = [connect(plain), connect(own)]
    assert change(own_tenant.creator, book_requests_allowed=7)["users_updated"] == 1
    state(sockets[0], 7)
    change(own_tenant.creator, "chapters-settings", chapters_allowed_per_book_request=4)
    state(sockets[0], 7, chapters_allowed_per_book_request=4)
    frame = sockets[1].frame()
    while frame["quota"]["chapters_allowed_per_book_request"] != 4:
        frame = sockets[1].frame()
    check_quota(frame["quota"], allowed=3)


def test_the_newest_state_wins(own_tenant, connect):
    ann = own_tenant.subscriber()
    socket = connect(ann)
    for allowed in range(20):
        change(own_tenant.creator, book_requests_allowed=allowed)
    seen = [socket.frame()]
    while seen[-1]["quota"]["requests_allowed"] != 19:
        seen.append(socket.frame())
    order = [frame["quota"]["requests_allowed"] for frame in seen]
    assert order == sorted(order), "never back to an older one"
    socket.quiet()


def test_between_events(own_tenant, connect):
    """Numbers of states and events never contradict each other in their order."""
    ann = own_tenant.subscriber()
    socket, used = connect(ann), 0
    for allowed in (5, 6, 7):
        request = ann.create()
        used += 1
        change(own_tenant.creator, book_requests_allowed=allowed)
        frames = [socket.frame()]
        while frames[-1]["type"] != "quota_update" or "cursor" in frames[-1]:
            frames.append(socket.frame())
        assert [frame["type"] for frame in frames] == ["book_request_update", "quota_update", "quota_update"]
        assert frames[0]["book_request"] == request
        check_quota(frames[-1]["quota"], allowed=allowed, used=used)
    check_quota(ann.quota(), allowed=7, used=3)


def test_a_request_under_way(own_tenant, stack, connect):
    """It was begun before the change, and is told of after it: with the quota as it is then."""
    ann = own_tenant.subscriber()
    socket = connect(ann)
    own_audience = "SELECT FROM bookreq.audiences WHERE user_id = %s FOR UPDATE"
    with under_way(stack, ann.create, "create_request", own_audience, ann.id) as (_, requests):
        change(own_tenant.creator, book_requests_allowed=7)
        state(socket, 7)
    assert update_of(requests[0])(socket.event())
    frame = socket.event()
    assert frame["type"] == "quota_update"
    check_quota(frame["quota"], allowed=7, used=1)


def test_another_creators_tier_of_the_same_title(own_tenant, second_tenant, connect):
    socket = connect(second_tenant.subscriber())
    change(own_tenant.creator, book_requests_allowed=7)
    socket.quiet()


def test_by_the_operator(own_tenant, stack, connect):
    """bookreqctl's tier set and user set are changes like the creator's."""
    ann = own_tenant.subscriber()
    socket = connect(ann)
    own_tenant.set_tier("Gold", 8)
    state(socket, 8)
    own_tenant.allowance(ann, 2)
    state(socket, 2)
    own_tenant.allowance(ann, "none")
    state(socket, 8)
    own_tenant.set_tier("Silver", 3)
    stack.ctl("user", "set", ann.name, "--tier", "Silver")
    state(socket, 3)


def test_while_redis_is_away(own_tenant, stack, connect):
    """Nobody hears the message; who polls sees that the limits are others."""
    ann, chapters = own_tenant.subscriber(), own_tenant.subscriber()
    sockets = [connect(ann), connect(chapters)]
    (redis,) = stack.processes("redis-server")
    redis.kill(signal.SIGSTOP)
    try:
        change(own_tenant.creator, book_requests_allowed=7)
        for socket in sockets:
            state(socket, 7)
        change(own_tenant.creator, "chapters-settings", chapters_allowed_per_book_request=3)
        for socket in sockets:
            state(socket, 7, chapters_allowed_per_book_request=3)
    finally:
        redis.kill(signal.SIGCONT)
    request = ann.create()
    while not update_of(request)(frame := sockets[0].frame()):
        assert frame["type"] == "quota_update", frame


def test_what_was_told_is_not_told_again(own_tenant, connect):
    """Nor by the poll that comes next."""
    ann, bob = own_tenant.subscriber(), own_tenant.subscriber()
    socket = connect(ann)
    change(own_tenant.creator, book_requests_allowed=7)
    state(socket, 7)
    own_tenant.join(ann)  # the bridge asks who it is
    request = bob.create()
    assert update_of(request)(socket.event())
    assert socket.event()["type"] == "pending_count_update"
    socket.quiet()


def cut_workers_off(stack):
    """Ends every connection to Redis that is no bridge's."""
    redis = Redis(unix_socket_path=str(stack.unix_socket("redis.sock")))
    links = [link["id"] for link in redis.client_list() if link["sub"] == "0" and link["id"] != str(redis.client_id())]
    assert links
    for link in links:
        redis.client_kill_filter(_id=link)


def test_when_only_the_workers_have_lost_redis(own_tenant, stack, connect):
    """No event stands for what could not be published, so the bridges are told to ask when a worker is back at Redis."""
    ann, bob = own_tenant.subscriber(), own_tenant.subscriber()
    socket, other = connect(ann), connect(bob)
    cut_workers_off(stack)
    change(own_tenant.creator, book_requests_allowed=7)
    state(socket, 7)
    state(other, 7)
    cut_workers_off(stack)
    assert own_tenant.creator.api.post(f"/api/users/{bob.id}/deactivate").status == 204
    other.ended("unauthenticated")


def test_when_redis_refuses_to_publish(own_tenant, stack, connect):
    """As where it is full, or read-only: that is no publish, and is made good for once it takes them again."""
    ann = own_tenant.subscriber()
    socket = connect(ann)
    redis = Redis(unix_socket_path=str(stack.unix_socket("redis.sock")))
    redis.execute_command("ACL", "SETUSER", "default", "-publish")
    try:
        request = ann.create()
    finally:
        redis.execute_command("ACL", "SETUSER", "default", "+publish")
    assert update_of(request)(socket.event())


QUESTIONS = 'bookreq_http_requests_total{route="GET /bridge/refresh",status="200"} '


def questions(stack):
    """How often bridges have asked for a quota, or another present number."""
    lines = Client(stack).get("/metrics").body.decode().splitlines()
    return sum(int(line.removeprefix(QUESTIONS)) for line in lines if line.startswith(QUESTIONS))


def test_a_tier_of_thousands(own_tenant, stack, connect, tmp_path):
    """What tells them has the quota in it: no bridge asks the database for its own."""
    members = tmp_path / "members.csv"
    members.write_text("Name,Email,Patron Status,Tier\n" + "".join(f"M {n},m{n}@example.org,Active patron,Gold\n" for n in range(5000)))
    stack.ctl("user", "import", "--creator", own_tenant.creator.name, str(members))
    online = [own_tenant.subscriber() for _ in range(20)]
    sockets = [connect(user) for user in online for _ in range(2)]
    sockets[0].connection.send('{"type":"refresh_quota"}')
    assert sockets[0].frame()["type"] == "quota_update"
    before = questions(stack)
    assert before > 0, "they are counted"
    assert change(own_tenant.creator, book_requests_allowed=7)["users_updated"] == 5020
    for socket in sockets:
        state(socket, 7)
    assert questions(stack) == before
