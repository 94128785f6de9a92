"""Killing and freezing parts of the stack: clients come back with their cursor and lose nothing."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from support.checks import API, check_problem
from support.http import encode
from support.live import Closed, Live, Refused, Socket, summary
from support.parallel import eventually
from support.people import Tenant, unique


class Follower:
    """A client as the pages are: comes back with its cursor for as long as it is let, and keeps what it was told."""

    def __init__(self, user):
        self.user = user
        self.frames = []
        self.socket = Live(user)
        self.returned = 0

    def _back(self):
        try:
            return Live(self.user, self.socket.cursor)
        except (Refused, Closed, OSError, AssertionError):
            return None  # not up yet

    def event(self):
        while True:
            try:
                self.frames.append(self.socket.event())
                return self.frames[-1]
            except Closed:
                socket = eventually(self._back, "a new connection")
                assert socket.initial["recovered"] is True and socket.initial["cursor"] == self.socket.cursor
                self.socket = socket
                self.returned += 1

    def until(self, request):
        """Reads on until the update of this request was seen; all updates so far."""
        wanted = (request["id"], request["version"])
        while not any((known["id"], known["version"]) == wanted for known in self.updates()):
            self.event()
        return self.updates()

    def updates(self):
        return [frame["book_request"] for frame in self.frames if frame["type"] == "book_request_update"]

    def close(self):
        self.socket.close()


class Scene:
    """A subscriber and two admins who are watching."""

    def __init__(self, stack):
        self.stack = stack
        self.tenant = Tenant(stack, requests=1000)
        self.ann = self.tenant.subscriber("ann")
        self.team = self.tenant.team_member()
        self.followers = [Follower(user) for user in (self.ann, self.team, self.tenant.creator)]

    def everybody_saw(self, requests):
        """All of them exactly once, in the order in which they were made; and the same again from the position before."""
        for follower in self.followers:
            assert follower.until(requests[-1]) == requests, follower.user.name

    def close(self):
        for follower in self.followers:
            follower.close()


@pytest.fixture
def scene(stack):
    scene = Scene(stack)
    yield scene
    scene.close()


def create_surely(user, answered=None):
    """Creates a request with a key, again until it is answered: what a client does that was told 502."""
    content_type, body = encode({"title": unique("Book"), "author": "A"}, "form")
    headers = {"Content-Type": content_type, "Idempotency-Key": unique("key")}

    def attempt():
        try:
            answer = user.api.raw("POST", API + "/", headers, body)
        except OSError:
            return None
        return answer if answer.status not in (502, 503, 504) else None

    answer = eventually(attempt, "a created request")
    assert answer.status == 201, answer
    return answer.json["book_request"]


def kill_all(stack, program, number=signal.SIGKILL):
    victims = stack.processes(program)
    assert victims, f"no {program} is running"
    for victim in victims:
        victim.kill(number)
    return {victim.pid for victim in victims}


def back(stack, program, killed):
    """Waits until as many new processes of the program run as were killed."""
    eventually(lambda: len({process.pid for process in stack.processes(program)} - killed) >= len(killed), f"{program} is back")


def test_workers_are_killed_between_requests(scene):
    requests = [scene.ann.create()]
    killed = kill_all(scene.stack, "bookreq.fcgi")
    requests.append(create_surely(scene.ann))
    back(scene.stack, "bookreq.fcgi", killed)
    requests.append(scene.ann.create())
    scene.everybody_saw(requests)


def test_workers_are_killed_within_requests(scene):
    """Every request is done in full or not at all, and everything that was done is told, once."""
    for _ in range(4):
        with ThreadPoolExecutor(4) as pool:
            made = [pool.submit(create_surely, scene.ann) for _ in range(16)]
            killed = kill_all(scene.stack, "bookreq.fcgi")
            for future in made:
                future.result()
        back(scene.stack, "bookreq.fcgi", killed)
    bell = create_surely(scene.ann)
    stored = scene.ann.api.get(API + "/", {"limit": 500}).json
    assert len(stored["book_requests"]) == stored["quota"]["requests_used"] == 65
    seen = [follower.until(bell) for follower in scene.followers]
    for updates in seen:
        assert updates == seen[0]
        assert sorted(updates, key=lambda request: request["id"]) == stored["book_requests"][::-1]


def test_bridges_are_killed(scene):
    requests = [scene.ann.create()]
    for _ in range(3):
        kill_all(scene.stack, "bookreq-ws")
        requests.append(scene.ann.create())
        scene.everybody_saw(requests)
    assert all(follower.returned for follower in scene.followers)


def test_websocketd_is_killed(scene):
    requests = []
    for _ in range(3):
        requests.append(scene.ann.create())
        killed = kill_all(scene.stack, "websocketd")
        requests.append(scene.ann.create())
        back(scene.stack, "websocketd", killed)
        scene.everybody_saw(requests)
    assert all(follower.returned for follower in scene.followers)


@pytest.fixture
def frozen(stack):
    """Freezes and thaws the stack's Redis."""
    (redis,) = stack.processes("redis-server")
    yield lambda number: redis.kill(number)
    redis.kill(signal.SIGCONT)


def test_redis_is_frozen(scene, frozen):
    requests = [scene.ann.create()]
    scene.everybody_saw(requests)
    frozen(signal.SIGSTOP)
    requests += [scene.ann.create() for _ in range(3)]
    requests.append(scene.team.respond(requests[0], "rejected"))
    scene.everybody_saw(requests)
    eventually(lambda: scene.ann.api.get("/readyz").json == {"database": "ok", "redis": "down", "mode": "polling"}, "it is known to be away")
    newcomer = Live(scene.ann)
    requests.append(scene.ann.create())
    assert newcomer.event()["book_request"] == requests[-1]
    newcomer.close()
    frozen(signal.SIGCONT)
    requests += [scene.ann.create() for _ in range(3)]
    scene.everybody_saw(requests)
    assert not any(follower.returned for follower in scene.followers), "sockets stay open"
    eventually(lambda: scene.ann.api.get("/readyz").json["mode"] == "live", "live again")


def test_redis_is_killed(scene):
    requests = [scene.ann.create()]
    for _ in range(2):
        killed = kill_all(scene.stack, "redis-server")
        requests += [scene.ann.create() for _ in range(3)]
        scene.everybody_saw(requests)
        back(scene.stack, "redis-server", killed)
        requests.append(scene.ann.create())
        scene.everybody_saw(requests)
    eventually(lambda: scene.ann.api.get("/readyz").json["mode"] == "live", "live again")
    assert not any(follower.returned for follower in scene.followers), "sockets stay open"


def settled(scene):
    """Waits until no worker of either pool is still between two attempts to connect to the database."""
    eventually(lambda: all(scene.ann.api.get(API + "/quota").status == 200 for _ in range(20)), "all workers are connected")
    eventually(lambda: all(opens(scene.ann) for _ in range(8)), "all workers of the bridges are connected")


def opens(user):
    socket = Socket(user.stack, {"Authorization": f"Bearer {user.token}"}, user_id=user.id)
    first = socket.frame()
    socket.close()
    return first["type"] == "connected"


def test_postgresql_is_killed(scene):
    """503 while it is away, nothing half done, and sockets that stay open."""
    requests = [scene.ann.create()]
    scene.everybody_saw(requests)
    scene.stack.kill_postgresql()
    requests += [create_surely(scene.ann) for _ in range(3)]
    scene.everybody_saw(requests)
    assert not any(follower.returned for follower in scene.followers), "sockets stay open"
    stored = scene.ann.api.get(API + "/").json
    assert stored["book_requests"] == requests[::-1] and stored["quota"]["requests_used"] == 4
    settled(scene)


def test_postgresql_is_away(scene):
    """Its processes are frozen, so that no answer can come."""
    request = scene.ann.create()
    victims = scene.stack.processes("postgres")
    try:
        for victim in victims:
            victim.kill(signal.SIGSTOP)
        answer = scene.ann.api.post(f"{API}/", {"title": "Never", "author": "A"})
        check_problem(answer, 503, "unavailable")
        answer = scene.ann.api.get("/readyz")
        assert answer.status == 503 and answer.json["database"] == "down", answer
    finally:
        for victim in victims:
            victim.kill(signal.SIGCONT)
    settled(scene)
    assert scene.ann.api.get("/readyz").json["database"] == "ok"
    second = scene.ann.create()
    scene.everybody_saw([request, second])
    assert [item["title"] for item in scene.ann.api.get(f"{API}/").json["book_requests"]] == [second["title"], request["title"]]


def test_postgresql_and_redis_are_away_together(scene, frozen):
    """What the worker could not publish it asks the database for, which stands still for longer than a call may wait for its beginning."""
    heard = Redis(unix_socket_path=str(scene.stack.unix_socket("redis.sock"))).pubsub()
    heard.psubscribe("*:admins")
    frozen(signal.SIGSTOP)
    request = scene.ann.create()
    victims = scene.stack.processes("postgres")
    try:
        for victim in victims:
            victim.kill(signal.SIGSTOP)
        end = time.monotonic() + 3  # the worker gives Redis up after one, and the database has one to begin
        eventually(lambda: time.monotonic() > end, "too late for the call")
    finally:
        for victim in victims:
            victim.kill(signal.SIGCONT)
    frozen(signal.SIGCONT)
    eventually(lambda: "1 poke " in str(heard.get_message(timeout=1)), "the poke")
    settled(scene)
    scene.everybody_saw([request])


def test_workers_are_replaced_in_turn(scene):
    """SIGTERM finishes what is in progress: a client notices nothing."""
    with ThreadPoolExecutor(4) as pool:
        made = [pool.submit(scene.ann.create) for _ in range(120)]
        for worker in scene.stack.processes("bookreq.fcgi"):
            worker.kill(signal.SIGTERM)
            eventually(lambda: worker.pid not in {process.pid for process in scene.stack.processes("bookreq.fcgi")}, "it ended")
        requests = [future.result() for future in made]
    bell = scene.ann.create()
    for follower in scene.followers:
        assert {request["id"] for request in follower.until(bell)} == {request["id"] for request in [*requests, bell]}


def test_frames_are_whole_after_a_fault(scene):
    cursor = scene.followers[1].socket.cursor
    kill_all(scene.stack, "bookreq-ws")
    request = scene.ann.create(description="\U0001f4da" * 5000)
    scene.everybody_saw([request])
    socket = Live(scene.team, cursor)
    assert [summary(event) for event in socket.events(2)] == [("book_request_update", "created", request["id"], 1), ("pending_count_update", 1)]
    socket.close()
