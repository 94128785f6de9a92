"""A dump made under load and restored elsewhere, as docs/backup.md tells an operator to."""

import json

import pytest

from oracle import Store
from play import Play
from servers import Postgres
from support.checks import API
from support.guide import Guide
from support.http import Client
from support.live import Live, update_of
from support.people import User
from support.stack import ROOT

pytestmark = pytest.mark.long


class OneStore(Store):
    def __init__(self, server):
        self.connect = lambda: server.connect("bookreq")


def settings(server):
    return {"BOOKREQ_DATABASE_URL": server.url(user="bookreq_owner"), "BOOKREQ_APP_DATABASE_URL": server.url(user="bookreq_app")}


@pytest.fixture(scope="module")
def guide(machines):
    guide = machines.guide(Guide("backup.md"))
    guide.replace("/usr/share/bookreq/sql", ROOT / "sql")
    guide.replace("/var/backups", machines.folder("backups"))
    return guide


@pytest.fixture(scope="module")
def servers(machines):
    here, there = (Postgres(machines, f"postgres{number}", number).make().start() for number in (21, 22))
    machines.shell(f"psql -h {here.host} -U postgres -f {ROOT}/sql/roles.sql; createdb -h {here.host} -U postgres --owner bookreq_owner bookreq")
    return here, there


def changes(store, creator):
    """The (request, version)s that the admins were told of."""
    told = [json.loads(frame) for _, _, frame in store.events(creator)[0]]
    return {(frame["book_request"]["id"], frame["book_request"]["version"]) for frame in told if frame.get("type") == "book_request_update"}


def again_at(node, person):
    """The same person, with the token of before, at the restored installation."""
    user = User(node, person.id, person.name, person.user.email)
    user.token = person.token
    return user


def test_a_dump_under_load_is_restored_elsewhere(machines, guide, servers, start_stack, seed):
    here, there = servers
    before, after = OneStore(here), OneStore(there)
    with start_stack(**settings(here)) as node, Play([node], seed, store=before) as play:
        play.acted(40)
        answered = set(play.done)
        machines.shell(guide.block("dump.sh"))
        play.acted(40)
        play.stop()
        play.judge()
        people, cursors = play.cast.everybody, {follower.person: follower.cursor for follower in play.watch.followers}
        creator = play.cast.creator
        program = f". {node.var}/run/stack.env; PATH=$STACK_BUILD:$PATH; export BOOKREQ_DATABASE_URL={there.url(user='bookreq_owner')}"
        machines.shell(guide.block("restore.sh"))
        output = machines.shell(f"{program}\n{guide.block('renew.sh')}")
        assert output.splitlines()[-1] == "ok", output

    kept = changes(after, creator.id)
    assert answered <= kept, "answered before the dump, and not in it"
    assert changes(before, creator.id) - kept, "nothing came after the dump: the test shows nothing"
    assert after.epoch() != before.epoch()
    with start_stack(**settings(there)) as node:
        for person in people:
            user = again_at(node, person)
            events = Client(node, token=person.token).get(f"{API}/events?cursor={cursors[person]}").json
            assert events["recovered"] is False and events["messages"] == []
            with_old = Live(user, cursors[person])
            assert with_old.initial["recovered"] is False
            if person in play.cast.subscribers:
                with_old.until(update_of(user.create()))
            with_old.close()
        with Play([node], seed + 1, store=after) as anew:
            anew.acted(20)
