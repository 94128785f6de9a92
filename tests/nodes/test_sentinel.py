"""Redis fails over by Sentinel under load, as docs/scaling.md sets it up: nothing is lost, doubled or reordered, and everybody is live again."""

import pytest

from play import Play
from probe import probing
from servers import Redis
from support.guide import Guide
from support.parallel import eventually

pytestmark = pytest.mark.long

SECONDS = 60
NAME = "bookreq"


class Watched:
    """Three machines, each with a Redis and a Sentinel."""

    def __init__(self, machines):
        self.guide = machines.guide(Guide("scaling.md"))
        first = machines.address(11)
        self.redis, self.sentinels = {}, {}
        for number in (11, 12, 13):
            configuration = self.of(number, machines, "redis.conf")
            if number != 11:
                configuration += self.guide.block("replica.conf")
            self.redis[number] = Redis(machines, f"redis{number}", number, 6379, configuration, password="s3cret")
        for number in (11, 12, 13):
            # the line that monitors names the master, whichever machine it stands on
            configuration = self.of(number, machines, "sentinel.conf").replace(f"monitor {NAME} {machines.address(number)} ", f"monitor {NAME} {first} ")
            self.sentinels[number] = Redis(machines, f"sentinel{number}", number, 26379, configuration, "--sentinel")
        self.url = self.guide.setting("sentinel.bookreq", "redis_url")
        self.settled(3)

    def of(self, number, machines, block):
        return self.guide.block(block).replace(machines.address(11), machines.address(number))

    def told(self, number):
        """What one Sentinel knows of the master."""
        flat = self.sentinels[number].ask("SENTINEL", "MASTER", NAME)
        return flat if isinstance(flat, dict) else dict(zip(flat[::2], flat[1::2]))

    def settled(self, count):
        """All that count are known to each other, so that they can decide."""
        for number in self.sentinels:
            eventually(lambda: self.told(number)["num-other-sentinels"] == str(count - 1) and int(self.told(number)["num-slaves"]) >= count - 1, "Sentinel knows all", SECONDS)

    def master(self, asked):
        host = self.told(asked)["ip"]
        (number,) = (number for number, redis in self.redis.items() if redis.host == host)
        return number

    def failed_over(self, old):
        """Waits until another one is the master; its number."""
        asked = [number for number in self.sentinels if number != old]
        eventually(lambda: all(self.master(number) != old for number in asked), "the fail-over is decided", SECONDS)
        new = self.master(asked[0])
        eventually(self.redis[new].is_master, "it is done", SECONDS)
        return new


@pytest.fixture(scope="module")
def watched(machines):
    return Watched(machines)


@pytest.fixture(scope="module")
def nodes(watched, start_stack):
    with start_stack(BOOKREQ_REDIS_URL=watched.url) as first:
        database = f"postgresql://bookreq_owner@/bookreq?host={first.unix_socket('.s.PGSQL.5432').parent}"
        with start_stack(BOOKREQ_REDIS_URL=watched.url, BOOKREQ_DATABASE_URL=database, BOOKREQ_APP_DATABASE_URL=database.replace("owner", "app")) as second:
            yield [first, second]


def test_the_master_dies(watched, nodes, seed):
    old = watched.master(12)
    with probing(nodes) as probe, Play(nodes, seed) as play:
        play.acted(20)
        watched.redis[old].kill()
        watched.sentinels[old].kill()
        play.acted(10)
        watched.failed_over(old)
        probe.again()
        play.acted(20)
        watched.redis[old].start()
        watched.sentinels[old].start()
        play.acted(10)
    watched.settled(3)


def test_the_master_stands_still_and_comes_back(watched, nodes, seed):
    """It believes for a while that it is the master still, and acknowledges what nobody hears. Its Sentinel is mute with it."""
    old = watched.master(12)
    with probing(nodes) as probe, Play(nodes, seed) as play:
        play.acted(20)
        watched.redis[old].freeze()
        watched.sentinels[old].freeze()
        play.acted(10)
        watched.failed_over(old)
        probe.again()
        watched.redis[old].thaw()
        watched.sentinels[old].thaw()
        play.acted(30)
        eventually(lambda: not watched.redis[old].is_master(), "it has been told", SECONDS)
        play.acted(10)


def test_a_quiet_worker_does_not_trust_the_one_that_came_back(watched, nodes, seed):
    """The same, and nobody did anything meanwhile: who published before the fail-over publishes next to the new master, not to the old one."""
    old = watched.master(12)
    with probing(nodes) as probe, Play(nodes, seed) as play:
        play.acted(20)
        play.stop()
        watched.redis[old].freeze()
        watched.sentinels[old].freeze()
        watched.failed_over(old)
        probe.again()
        watched.redis[old].thaw()
        assert watched.redis[old].is_master(), "it should not know yet"
        person = play.cast.subscribers[0]
        for number in range(16):
            request = person.clients[number % 2].post("/api/book-requests/", {"title": f"Quiet {seed} {number}", "author": "A"}).json["book_request"]
            play.done.add((request["id"], 1))
        play.judge()
        assert watched.redis[old].is_master(), "it was told too early for this test to mean anything"
        watched.sentinels[old].thaw()
        eventually(lambda: not watched.redis[old].is_master(), "it has been told", SECONDS)
