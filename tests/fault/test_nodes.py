"""Two stacks with one database and one Redis are one system: everybody comes back now here, now there, and things break on both."""

import pytest

from play import Play
from strikes import FAULTS

STRIKES = ["workers_killed", "websocketd_killed", "subscribers_cut", "redis_frozen", "workers_replaced", "bridges_killed", "postgresql_restarted", "sockets_cut"]


@pytest.fixture(scope="module")
def nodes(stack, start_stack, fault_settings):
    directory = stack.unix_socket("redis.sock").parent
    shared = {"BOOKREQ_DATABASE_URL": f"postgresql://bookreq_owner@/bookreq?host={directory}", "BOOKREQ_REDIS_URL": f"unix://{directory}/redis.sock"}
    with start_stack(**fault_settings, **shared) as second:
        yield [stack, second]


def test_nothing_is_lost_between_two_nodes(nodes, seed):
    with Play(nodes, seed, sockets=3) as play:
        for name in play.random.sample(STRIKES, 4):
            play.acted(5)
            play.strike(FAULTS[name])
        play.acted(10)
    assert len(play.struck) == 4
