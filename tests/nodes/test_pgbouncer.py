"""PgBouncer in transaction mode, as docs/scaling.md sets it up, with two server connections for all workers: what they leave on one meets the others."""

import os
import subprocess
import sys

import pytest

from play import Play
from servers import Postgres, Server, as_postgres
from support.checks import API
from support.guide import Guide
from support.stack import ROOT
from test_standby import WriterStore

pytestmark = pytest.mark.long

SUITE = [
    "api/test_create.py", "api/test_respond.py", "api/test_reply.py", "api/test_idempotency.py", "api/test_quota.py", "api/test_sessions.py",
    "api/test_notifications.py", "api/test_lists.py", "api/test_order.py", "api/test_team.py", "live/test_frames.py",
]  # fmt: skip
SUITE_SECONDS = 1200


class Pooled:
    def __init__(self, machines):
        guide = machines.guide(Guide("scaling.md"))
        server = Postgres(machines, "primary", 21).make().start()
        machines.shell(f"psql -h {server.host} -U postgres -f {ROOT}/sql/roles.sql; createdb -h {server.host} -U postgres --owner bookreq_owner bookreq")
        folder = machines.folder("pgbouncer")
        (folder / "userlist.txt").write_text('"bookreq_app" ""\n')
        text = guide.block("pgbouncer.ini").replace("scram-sha-256", "trust").replace("/etc/pgbouncer", str(folder)).replace("default_pool_size = 8", "default_pool_size = 2")
        (folder / "pgbouncer.ini").write_text(text + "unix_socket_dir =\nignore_startup_parameters = extra_float_digits\n")
        Server(machines, "pgbouncer", 31, 6432, ["/usr/sbin/pgbouncer", folder / "pgbouncer.ini"], as_postgres())
        self.server = server
        self.url = server.url(user="bookreq_app")
        self.settings = {
            "BOOKREQ_DATABASE_URL": server.url(user="bookreq_owner"),
            "BOOKREQ_APP_DATABASE_URL": guide.setting("pgbouncer.bookreq", "database_url"),
            "BOOKREQ_PREPARED_STATEMENTS": guide.setting("pgbouncer.bookreq", "prepared_statements"),
        }


@pytest.fixture(scope="module")
def pooled(machines):
    return Pooled(machines)


def test_a_play_goes_through_it(pooled, start_stack, seed):
    with start_stack(**pooled.settings) as node, Play([node], seed, store=WriterStore(pooled)) as play:
        play.acted(60)
        sessions = pooled.server.ask("SELECT count(*) FROM pg_stat_activity WHERE usename = 'bookreq_app'")
        assert 0 < sessions[0][0] <= 2, "they did not go through PgBouncer"


def test_the_suites_pass_through_it(pooled):
    environment = {**os.environ, **pooled.settings, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *(f"tests/{name}" for name in SUITE)]
    result = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SUITE_SECONDS)
    assert result.returncode == 0, result.stdout[-5000:]
    print(result.stdout.splitlines()[-1])


def test_the_deadlines_are_the_roles(pooled):
    """Every server connection has them, whoever uses it."""
    with pooled.server.connect("bookreq", "bookreq_app") as session, session.cursor() as cursor:
        found = {}
        for name in ("statement_timeout", "lock_timeout", "synchronous_commit", "jit"):
            cursor.execute(f"SHOW {name}")
            (found[name],) = cursor.fetchone()
    assert found == {"statement_timeout": "5s", "lock_timeout": "4s", "synchronous_commit": "on", "jit": "off"}
