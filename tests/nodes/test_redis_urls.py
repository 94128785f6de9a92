"""Which server a redis_url with several hosts leads to: as bookreqctl doctor sees it, and for a stack."""

import os
import subprocess

import pytest

from probe import probing
from servers import Redis
from support.stack import ROOT

PASSWORD = "s3cret"
PLAIN = "bind {host}\nport {port}\nsave ''\n"
WATCHED = PLAIN + "requirepass {password}\nmasterauth {password}\n"
SENTINEL = "bind {host}\nport {port}\nsentinel monitor books {master} 6379 1\nsentinel auth-pass books {password}\n"


@pytest.fixture(scope="module")
def net(machines):
    def redis(number, text, port=6379, *mode, **values):
        text = text.format(host=machines.address(number), port=port, password=PASSWORD, **values)
        return Redis(machines, f"redis{number}-{port}", number, port, text, *mode, password=PASSWORD if "requirepass" in text else None)

    redis(1, WATCHED)
    redis(2, WATCHED + f"replicaof {machines.address(1)} 6379\n")
    redis(3, PLAIN)
    redis(1, SENTINEL, 26379, "--sentinel", master=machines.address(1))
    return {f"host{number}": machines.address(number) for number in range(1, 5)} | {"password": PASSWORD}


@pytest.fixture(scope="module")
def doctor(stack, net):
    build = ROOT / os.environ.get("BOOKREQ_BUILD", "build")
    host = stack.unix_socket(".s.PGSQL.5432").parent

    def doctor(url):
        """Standard error of bookreqctl doctor with this redis_url."""
        environment = dict(
            os.environ, BOOKREQ_CONFIG="/dev/null", BOOKREQ_DATABASE_URL=f"postgresql://bookreq_owner@/bookreq?host={host}", BOOKREQ_REDIS_URL=url.format(**net)
        )
        return subprocess.run([build / "bookreqctl", "doctor"], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60).stderr

    return doctor


GOOD = {
    "one host": "redis://{host3}",
    "the password": "redis://:{password}@{host1}:6379/0",
    "a host that is away is passed by": "redis://{host4},{host3}:6379/0",
    "a replica is passed by": "redis://:{password}@{host2}:6379,{host1}:6379",
    "by Sentinel": "sentinel://:{password}@{host1}:26379/books",
    "by the port of Sentinels": "sentinel://:{password}@{host1}/books",
    "by the second Sentinel": "sentinel://:{password}@{host4},{host1}/books",
}
BAD = {
    "is not the master": "redis://:{password}@{host4},{host2}",
    "knows no master": "sentinel://{host1}/others",
    "refuses the password": "sentinel://:wrong@{host1}/books",
    "cannot connect": "sentinel://{host4}:1/books",
}
NO_URLS = ["sentinel://{host1}", "sentinel://{host1}/", "sentinel:///books", "sentinel://{host1},/books", "sentinel://{host1}:0/books", "redis://{host1},,{host2}", "redis://{host1},{host2}/1"]


@pytest.mark.parametrize("what", GOOD)
def test_it_is_found(doctor, what):
    assert "redis: ok" in doctor(GOOD[what]), what


@pytest.mark.parametrize("reason", BAD)
def test_it_is_not_found(doctor, reason):
    said = doctor(BAD[reason])
    assert "redis: down" in said and reason in said


@pytest.mark.parametrize("url", NO_URLS)
def test_no_url(doctor, url):
    assert "the URL is not" in doctor(url)


def test_workers_and_bridges_meet_there(start_stack, net):
    """A Sentinel that is away, one that answers, a password, a master's role: all that can be asked on the way."""
    with start_stack(BOOKREQ_REDIS_URL=GOOD["by the second Sentinel"].format(**net)) as node, probing([node]) as probe:
        probe.again()
