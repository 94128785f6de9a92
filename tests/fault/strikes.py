"""The faults of SPEC 7. Each strikes once, waits until the play has gone on under it, and returns how many victims it had."""

import signal
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from support.parallel import eventually

GO_ON = 15  # actions


@dataclass(frozen=True)
class Fault:
    name: str
    strike: object
    tolerated: frozenset


FAULTS = {}


def fault(*tolerated):
    """`tolerated`: the 5xx that may be seen under it."""

    def register(strike):
        FAULTS[strike.__name__] = Fault(strike.__name__, strike, frozenset(tolerated))
        return strike

    return register


def kill(victims, number=signal.SIGKILL):
    for victim in victims:
        victim.kill(number)
    return len(victims)


def some(play, victims):
    """At least one of them."""
    return play.random.sample(victims, play.random.randint(1, len(victims)))


def everywhere(play, program):
    return [process for node in play.nodes for process in node.processes(program)]


def up(play, program):
    """Those of the program that run, at least one: the strike before may still have them all on their way back."""
    return eventually(lambda: everywhere(play, program), f"{program} is up")


def replaced(play, program, killed):
    """Waits until as many new ones run."""
    old = {victim.pid for victim in killed}
    eventually(lambda: len({process.pid for process in everywhere(play, program)} - old) >= len(killed), f"{program} is back")


@contextmanager
def held(victims):
    kill(victims, signal.SIGSTOP)
    try:
        yield len(victims)
    finally:
        kill(victims, signal.SIGCONT)


def supervisor(play, child):
    (found,) = (process for process in everywhere(play, "multiwatch") if process.pid == child.parent)
    return found


@contextmanager
def connected(play):
    with redis.Redis(unix_socket_path=str(play.nodes[0].unix_socket("redis.sock"))) as client:
        yield client


def live_again(play):
    for node in play.nodes:
        eventually(lambda: play.cast.creator.user.api.get("/readyz").json["mode"] == "live", "live again")


@fault()
def redis_stopped(play):
    """It is away for a while: its supervisor is held."""
    (victim,) = up(play, "redis-server")
    with held([supervisor(play, victim)]):
        kill([victim])
        play.acted(GO_ON)
    replaced(play, "redis-server", [victim])
    live_again(play)
    return 1


@fault()
def redis_restarted(play):
    victims = up(play, "redis-server")
    kill(victims, signal.SIGTERM)
    play.acted(GO_ON)
    replaced(play, "redis-server", victims)
    return len(victims)


@fault()
def redis_frozen(play):
    with held(up(play, "redis-server")) as count:
        play.acted(GO_ON)
    live_again(play)
    return count


def kill_clients(client, kind):
    try:
        return client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
    except redis.ConnectionError:
        return 0  # another fault has Redis


def cut_clients(play, kind):
    count = 0
    with connected(play) as client:
        for _ in range(3):
            count += eventually(lambda: kill_clients(client, kind), f"there are {kind} clients")
            play.acted(3)
    return count


@fault()
def subscribers_cut(play):
    return cut_clients(play, "pubsub")


@fault()
def publishers_cut(play):
    return cut_clients(play, "normal")


@fault(502)
def workers_killed(play):
    """The bridges' pool is among them."""
    count = 0
    for _ in range(3):
        victims = some(play, up(play, "bookreq.fcgi"))
        count += kill(victims)
        play.acted(3)
        replaced(play, "bookreq.fcgi", victims)
    return count


@fault()
def workers_replaced(play):
    """A rolling restart: not one request may fail."""
    count = 0
    for victim in everywhere(play, "bookreq.fcgi"):
        count += kill([victim], signal.SIGTERM)
        eventually(lambda: victim.pid not in {process.pid for process in everywhere(play, "bookreq.fcgi")}, "it ends")
        replaced(play, "bookreq.fcgi", [victim])
    play.acted(GO_ON)
    return count


def postmasters(play):
    supervisors = {process.pid for process in everywhere(play, "multiwatch")}
    return [process for process in everywhere(play, "postgres") if process.parent in supervisors]


@fault(503)
def postgresql_restarted(play):
    count = kill(postmasters(play), signal.SIGINT)
    play.acted(GO_ON)
    return count


@fault(503)
def postgresql_killed(play):
    count = sum(node.kill_postgresql() for node in play.nodes)
    play.acted(GO_ON)
    return count


@fault(503)
def backends_terminated(play):
    (found,) = play.store.ask(
        "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bookreq_app' AND random() < 0.8) x"
    )
    play.acted(GO_ON)
    return found[0]


@fault()
def websocketd_killed(play):
    victims = up(play, "websocketd")
    count = kill(victims)
    play.acted(3)
    replaced(play, "websocketd", victims)
    play.acted(GO_ON)
    return count


@fault()
def bridges_killed(play):
    count = 0
    for _ in range(3):
        count += kill(some(play, up(play, "bookreq-ws")))
        play.acted(5)
    return count


@fault()
def bridges_ended(play):
    count = kill(some(play, up(play, "bookreq-ws")), signal.SIGTERM)
    play.acted(GO_ON)
    return count


@fault()
def bridges_frozen(play):
    with held(some(play, up(play, "bookreq-ws"))) as count:
        play.acted(GO_ON)
    return count


@fault()
def readers_paused(play):
    chosen = some(play, play.watch.followers)
    for follower in chosen:
        play.watch.call(follower.reading.clear)
    play.acted(2 * GO_ON)
    for follower in chosen:
        play.watch.call(follower.reading.set)
    return len(chosen)


@fault()
def sockets_cut(play):
    """All at once, without a word."""
    connected = eventually(lambda: [follower for follower in play.watch.followers if follower.wire is not None], "somebody is connected")
    for follower in connected:
        play.watch.call(follower.cut)
    play.acted(GO_ON)
    return len(connected)


def arm(stack, point, order):
    """Arms a fault point (lib/fault.h). The file is gone once it has struck."""
    directory = Path(stack.environment["BOOKREQ_FAULT_DIR"])
    new = directory / f".{point}"
    new.write_text(order)
    new.chmod(0o666)
    return new.rename(directory / point)


def armed(play, point, order, provoke=None, go_on=GO_ON):
    """Arms a fault point, calls provoke() again and again, and waits until it has struck."""
    token = arm(play.nodes[0], point, order)

    def struck():
        if not token.exists():
            return True
        if provoke:
            provoke()
        return False

    try:
        eventually(struck, f"{point}: {order}")
    finally:
        token.unlink(missing_ok=True)
    play.acted(go_on)
    return 1


def point_of(name):
    return name.partition(":")[0]


def point(point, order, *tolerated, provoked=False):
    def strike(play):
        if not provoked:
            return armed(play, point, order)
        with connected(play) as client:
            return armed(play, point, order, lambda: kill_clients(client, "pubsub"))

    strike.__name__ = f"{point}:{order}".replace(" ", ":")
    fault(*tolerated)(strike)


point("worker.after_commit", "kill", 502)
point("worker.after_commit", "stall 700")
point("worker.after_publish", "kill", 502)
point("worker.after_publish", "stall 300")
point("bridge.after_fetch", "kill", provoked=True)
point("bridge.after_fetch", "stall 700", provoked=True)
point("bridge.half_frame", "kill")
point("bridge.half_frame", "stall 300")
