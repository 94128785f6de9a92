"""What open sockets are told after a command, and that Redis never decides whether a command succeeds."""

import pytest
from ctl_support import heard


@pytest.fixture
def people(ctl):
    """The ids of a creator, and of a subscriber of the tier Gold."""
    ada = ctl.json("creator", "add", "ada", "--email", "ada@example.org")["id"]
    ctl.done("tier", "set", "Gold", "--creator", "ada", "--requests", "5", "--chapters", "20")
    return ada, ctl.json("user", "add", "ben", "--creator", "ada", "--tier", "Gold")["id"]


COMMANDS = [
    ["user", "deactivate", "ben"],
    ["user", "passwd", "ben", "--password-stdin"],
    ["team", "add", "--creator", "ada", "ben"],
    ["token", "revoke", "ben"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_sockets_of_the_user_are_told_to_ask_again(ctl, redis_server, people, database, postgres, command):
    ada, ben = people
    epoch = postgres.query(database, "SELECT epoch FROM bookreq.meta")[0][0]
    prefix = f"prefix-{database}"
    ctl.set(redis_url=redis_server.url, redis_prefix=prefix)
    ctl.done("token", "add", "ben")
    listener = redis_server.listen(f"{prefix}:*")
    ctl.done(*command, stdin="correct horse battery")
    assert heard(listener) == (f"{prefix}:{{{ada}}}:user:{ben}", f"1 check {epoch}\n")


def test_nothing_is_published_without_redis(ctl, people):
    ctl.set(redis_url="")
    ctl.done("user", "deactivate", "ben")


@pytest.mark.parametrize("url", ["unix:///nonexistent/redis.sock", "redis://127.0.0.1:1/0", "nonsense://"])
def test_redis_away(ctl, people, url):
    ctl.set(redis_url=url)
    check_done_with_a_note(ctl)


def test_silent_redis(ctl, people, silent_port):
    ctl.set(redis_url=f"redis://127.0.0.1:{silent_port}/0")
    check_done_with_a_note(ctl)


def check_done_with_a_note(ctl):
    result = ctl.run("user", "deactivate", "ben")
    assert result.code == 0 and "done, but Redis was not told" in result.err, result
    ctl.set(redis_url="")
    assert "\tinactive\t" in ctl.done("user", "list", "--creator", "ada")


def test_refusal_publishes_nothing(ctl, redis_server, people, database):
    prefix = f"prefix-{database}"
    ctl.set(redis_url=redis_server.url, redis_prefix=prefix)
    listener = redis_server.listen(f"{prefix}:*")
    ctl.refused("user", "deactivate", "nobody")
    ctl.done("user", "deactivate", "ben")
    assert heard(listener)[0].endswith(f":user:{people[1]}")
