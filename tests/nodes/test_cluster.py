"""Redis Cluster, as docs/scaling.md sets it up: what crosses it, and what does not."""

import pytest

from play import Play
from probe import probing
from servers import Redis
from support.checks import API
from support.guide import Guide
from support.live import Live, Socket
from support.parallel import eventually
from support.people import Tenant, User

pytestmark = pytest.mark.long

NUMBERS = (11, 12, 13)
LIMIT = 4
OFTEN = 12  # with four workers each is asked


@pytest.fixture(scope="module")
def guide(machines):
    return machines.guide(Guide("scaling.md"))


@pytest.fixture(scope="module")
def cluster(machines, guide):
    def of(number):
        configuration = guide.block("cluster.conf").replace(machines.address(11), machines.address(number))
        return Redis(machines, f"cluster{number}", number, 6379, configuration)

    masters = {number: of(number) for number in NUMBERS}
    machines.shell(guide.block("cluster.create"))
    for redis in masters.values():
        eventually(lambda: redis.ask("CLUSTER INFO")["cluster_state"] == "ok", "the cluster is up")
    return masters


@pytest.fixture(scope="module")
def orders(machines, guide, cluster):
    """The guide's list, and one that begins with the second master."""
    first = guide.setting("cluster.bookreq", "redis_url")
    one, two, three = (machines.address(number) for number in NUMBERS)
    return first, first.replace(f"{one},{two},{three}", f"{two},{three},{one}")


@pytest.fixture(scope="module")
def nodes(orders, start_stack):
    """Two with the guide's list, and one at another master."""
    limit = {"BOOKREQ_MAX_SOCKETS_PER_USER": str(LIMIT)}
    with start_stack(BOOKREQ_REDIS_URL=orders[0], **limit) as first:
        owner = f"postgresql://bookreq_owner@/bookreq?host={first.unix_socket('.s.PGSQL.5432').parent}"
        database = {"BOOKREQ_DATABASE_URL": owner, "BOOKREQ_APP_DATABASE_URL": owner.replace("owner", "app")}
        with start_stack(BOOKREQ_REDIS_URL=orders[0], **database, **limit) as second, start_stack(BOOKREQ_REDIS_URL=orders[1], **database, **limit) as other:
            yield [first, second, other]


def seen_from(node, user):
    seen = User(node, user.id, user.name, user.email)
    seen.token = user.token
    return seen


def full(user):
    surplus = Socket(user.stack, {"Authorization": f"Bearer {user.token}"}, user_id=user.id)
    return surplus.ended("too_many_connections")


def online(user):
    return user.api.get(API + "/admin/live").json["online"]


def check_counts(nodes):
    """Among those at the same master."""
    tenant = Tenant(nodes[0])
    ann = tenant.subscriber()
    first, second, other = (seen_from(node, ann) for node in nodes)
    opened = [Live([first, second][number % 2]) for number in range(LIMIT)]
    full(first), full(second)
    opened += [Live(other) for _ in range(LIMIT)]
    full(other)
    for node in nodes:
        creator = seen_from(node, tenant.creator)
        for _ in range(OFTEN):
            eventually(lambda: online(creator) == {"admins": 0, "subscribers": LIMIT}, "a worker counts them")
    for socket in opened:
        socket.close()


def test_sockets_are_counted(nodes):
    check_counts(nodes)


def test_what_is_published_crosses_it_and_a_dead_master_is_left(nodes, cluster, seed):
    with probing(nodes[1:]) as probe, Play([nodes[0], nodes[2]], seed) as play:
        play.acted(30)
        probe.again()
        cluster[11].kill()
        play.acted(10)
        probe.again()
        play.acted(20)
        cluster[11].start()
        play.acted(10)
        probe.again()
    check_counts(nodes)  # new sockets, and workers that were quiet, are at the first master again
