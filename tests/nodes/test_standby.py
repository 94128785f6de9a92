"""PostgreSQL with a standby that is promoted under load, as docs/scaling.md sets it up."""

import json

import psycopg2
import pytest

from oracle import Store
from play import Play
from probe import probing
from servers import Machines, Postgres
from support.guide import Guide
from support.parallel import eventually
from support.stack import ROOT

pytestmark = pytest.mark.long

ROLES = ROOT / "sql/roles.sql"


class Pair:
    """A primary and its standby, made by the guide's commands, and a node that is told of both."""

    def __init__(self, machines):
        self.machines = machines
        self.guide = machines.guide(Guide("scaling.md"))
        self.primary = Postgres(machines, "primary", 21).make().start()
        self.standby = Postgres(machines, "standby", 22)
        machines.shell(self.guide.block("primary.sh"))
        machines.shell(f"psql -h {self.primary.host} -U postgres -f {ROLES}; createdb -h {self.primary.host} -U postgres --owner bookreq_owner bookreq")
        machines.shell(self.guide.block("standby.sh").replace("/var/lib/postgresql/15/main", str(self.standby.data)))
        self.url = self.guide.setting("standby.bookreq", "database_url")

    @property
    def settings(self):
        return {"BOOKREQ_DATABASE_URL": self.url.replace("bookreq_app", "bookreq_owner"), "BOOKREQ_APP_DATABASE_URL": self.url}

    def follow(self):
        self.standby.start()
        eventually(lambda: self.primary.ask("SELECT true FROM pg_stat_replication WHERE state = 'streaming'"), "the standby follows")


class WriterStore(Store):
    """Whichever server writes."""

    def __init__(self, pair):
        self.url = pair.url.replace("bookreq_app", "postgres")

    def connect(self):
        return psycopg2.connect(self.url, connect_timeout=2)


@pytest.fixture
def pair(request):
    machines = Machines()
    failed = request.session.testsfailed
    try:
        yield Pair(machines)
    finally:
        machines.end(keep=request.session.testsfailed > failed)


def test_a_synchronous_standby_has_all_that_was_answered(pair, start_stack, seed):
    pair.follow()
    pair.machines.shell(pair.guide.block("synchronous.sh"))
    eventually(lambda: pair.primary.ask("SELECT true FROM pg_stat_replication WHERE sync_state = 'quorum'"), "it is synchronous")
    with start_stack(**pair.settings) as node, probing([node]) as probe, Play([node], seed, tolerated=[503], store=WriterStore(pair)) as play:
        epoch = play.store.epoch()
        play.acted(30)
        pair.primary.kill()
        pair.machines.shell(pair.guide.block("promote.sh"))
        probe.again()
        play.acted(30)
        play.stop()
        play.judge()
        assert play.store.epoch() == epoch
        assert play.hiccups[503] > 0, "nobody noticed"
        assert all(follower.opened for follower in play.watch.followers)


class Unjudged(Play):
    """Its story is cut in two: what it was told before the fail-over is not the truth any more."""

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join(120)

    def judge(self):
        pass

    def _change_team(self):
        """Would wait for a membership that is lost, too."""


def reloaded(follower, epoch):
    """It was told to, and did."""
    opened = [entry[2] for entry in follower.entries if entry[0] == "opened"]
    return follower.wire is not None and any(initial["cursor"].startswith(epoch) and not initial["recovered"] for initial in opened)


def test_what_an_asynchronous_standby_lacks_is_forgotten_by_all(pair, start_stack, seed):
    machines, primary, standby = pair.machines, pair.primary, pair.standby
    rules = standby.data / "pg_hba.conf"
    lines = pair.guide.block("standby.hba").replace(f"{machines.network}0/24 scram-sha-256", "127.0.0.0/8 trust")
    rules.write_text(f"host all postgres 127.0.0.0/8 trust\n{lines}")
    pair.follow()
    with start_stack(**pair.settings) as node:
        store = WriterStore(pair)
        with Unjudged([node], seed, tolerated=[503], store=store) as play:
            play.acted(20)
            old = store.epoch()
            standby.ask("ALTER SYSTEM SET primary_conninfo = ''")
            standby.ask("SELECT pg_reload_conf()")
            eventually(lambda: not standby.backends("walreceiver"), "the standby follows no more")
            play.acted(20)
            play.stopping = True
            primary.kill()
            script = pair.guide.block("promote-asynchronous.sh").replace("/etc/postgresql/15/main/pg_hba.conf", str(rules))
            machines.shell(f". {node.var}/run/stack.env; PATH=$STACK_BUILD:$PATH\n{script}")
            epoch = store.epoch()
            assert epoch != old
            play.watch.wait(lambda follower: reloaded(follower, epoch), "everybody has loaded anew")
            play.stop()
            assert any(entry == ("error", "epoch_changed") for follower in play.watch.followers for entry in follower.entries)
            told = [json.loads(frame) for _, _, frame in store.events(play.cast.creator.id)[0]]
            kept = {(frame["book_request"]["id"], frame["book_request"]["version"]) for frame in told if frame.get("type") == "book_request_update"}
            assert play.done - kept, "nothing was lost: the test shows nothing"
        with probing([node]) as probe, Play([node], seed + 1, store=store) as after:
            probe.again()
            after.acted(30)
