"""doctor, prune and epoch on a database in which a little has happened."""

import hashlib

import pytest
from ctl_support import SQL, heard

AGE = "interval '8 days'"


class System:
    """A creator, a subscriber with three requests (one rejected), and direct access to the tables."""

    def __init__(self, postgres, database, ctl):
        self.postgres, self.database, self.ctl = postgres, database, ctl
        self.ada = ctl.json("creator", "add", "ada", "--email", "ada@example.org")["id"]
        ctl.done("tier", "set", "Gold", "--creator", "ada", "--requests", "50", "--chapters", "20")
        self.ben = ctl.json("user", "add", "ben", "--creator", "ada", "--tier", "Gold")["id"]
        self.tokens = {name: ctl.done("token", "add", name).strip() for name in ("ada", "ben")}
        first, *_ = [self.ask(title) for title in ("One", "Two", "Three")]
        self.call("respond_request", "ada", "admin", "NULL, NULL, %s, 'rejected', 'no', NULL", first)

    def call(self, function, name, role, parameters, *values):
        digest = hashlib.sha256(self.tokens[name].encode()).digest()
        sql = f"SELECT (f).status, (f).body::json FROM bookreq_api.{function}(%s, %s, NULL, %s, {parameters}) AS f"
        status, body = self.postgres.query(self.database, sql, self.ada, digest, role, *values)[0]
        assert status in (200, 201), body
        return body

    def ask(self, title):
        return self.call("create_request", "ben", "any", "NULL, NULL, %s, 'Author', NULL, NULL, NULL", title)["book_request"]["id"]

    def sql(self, *statements):
        self.postgres.execute(self.database, *statements)

    def one(self, statement):
        return self.postgres.query(self.database, statement)[0][0]


@pytest.fixture
def system(postgres, database, ctl):
    return System(postgres, database, ctl)


def test_doctor_finds_nothing(ctl, system):
    result = ctl.run("doctor")
    assert result.code == 0 and result.out == "ok\n" and f"schema version {len(list((SQL / 'migrations').iterdir()))};" in result.err
    result = ctl.run("--json", "doctor")
    assert result.code == 0 and '"violations" : []' in result.out and '"redis": "none"' in result.out, result


def test_doctor_after_everything_that_may_happen(ctl, system):
    ctl.done("team", "add", "--creator", "ada", "ben")
    system.ask("As a team member")
    ctl.done("team", "remove", "--creator", "ada", "ben")
    ctl.done("user", "deactivate", "ben")
    system.sql(f"UPDATE bookreq.events SET created_at = created_at - {AGE}")
    ctl.run("prune")
    result = ctl.run("doctor")
    assert result.code == 0, result


DAMAGES = [
    ("UPDATE bookreq.quota_usage SET used = used + 1", "user {ben} of creator {ada}, {month}: 3 used, but 2 requests are not rejected"),
    ("UPDATE bookreq.quota_usage SET used = 0", "user {ben} of creator {ada}, {month}: 0 used, but the ledger's sum is 2"),
    ("DELETE FROM bookreq.quota_ledger WHERE reason = 'refund'", "user {ben} of creator {ada}, {month}: 2 used, but the ledger's sum is 3"),
    (
        "UPDATE bookreq.book_requests SET status = 'rejected', responded_by_id = creator_id, response_date = now() WHERE title = 'Two'",
        "admins of creator {ada}: pending count 2, but 1 requests are pending",
    ),
    (
        "UPDATE bookreq.audiences SET pending_count = 0 WHERE user_id = 0",
        "admins of creator {ada}: pending count 0, but 2 requests are pending",
    ),
    (
        "UPDATE bookreq.audiences SET unread_count = 7 WHERE user_id = {ben}",
        "user {ben} of creator {ada}: unread count 7, but 1 notifications are unread",
    ),
    ("DELETE FROM bookreq.events WHERE audience = 0 AND seq = 2", "admins of creator {ada}: events should be 1 to {last}, but"),
    ("DELETE FROM bookreq.events WHERE audience = {ben} AND seq = 1", "user {ben} of creator {ada}: events should be 1 to"),
    ("UPDATE bookreq.audiences SET last_seq = last_seq + 1 WHERE user_id = 0", "admins of creator {ada}: events should be 1 to"),
    ("DELETE FROM bookreq.audiences WHERE user_id = {ben}", "user {ben} of creator {ada}: the audience is missing"),
    ("DELETE FROM bookreq.audiences WHERE user_id = 0", "admins of creator {ada}: the audience is missing"),
    (
        "UPDATE bookreq.audiences SET is_admin = true WHERE user_id = {ben}",
        "user {ben} of creator {ada}: the audience is not that of the user's role",
    ),
]


@pytest.mark.parametrize("damage, sentence", DAMAGES)
def test_doctor_names_the_violation(ctl, system, damage, sentence):
    names = {
        "ada": system.ada,
        "ben": system.ben,
        "month": system.one("SELECT max(month_year) FROM bookreq.book_requests"),
        "last": system.one("SELECT last_seq FROM bookreq.audiences WHERE user_id = 0"),
    }
    # past foreign keys and triggers, which would not let some of it happen
    system.sql("SET session_replication_role = replica", damage.format(**names))
    result = ctl.run("doctor")
    assert result.code == 1 and result.out == "", result
    assert any(line.startswith("bookreqctl: " + sentence.format(**names)) for line in result.err.splitlines()), result
    result = ctl.run("--json", "doctor")
    assert result.code == 1 and sentence.format(**names) in result.out, result


def test_doctor_without_database_or_redis(ctl, system):
    ctl.set(redis_url="unix:///nonexistent/redis.sock")
    result = ctl.run("doctor")
    assert result.code == 1 and "redis: down" in result.err and "/nonexistent" not in result.out, result
    ctl.set(database_url="postgresql:///x?host=/nonexistent")
    assert "the database of database_url cannot be reached" in ctl.run("doctor").err


def test_doctor_with_redis(ctl, system, redis_server):
    ctl.set(redis_url=redis_server.url)
    result = ctl.run("doctor")
    assert result.code == 0 and "redis: ok" in result.err, result


def test_prune_keeps_what_is_young(ctl, system):
    events = system.one("SELECT count(*) FROM bookreq.events")
    result = ctl.run("--json", "prune")
    assert result.code == 0 and result.out == '{"events": 0, "sessions": 0, "idempotency_keys": 0, "login_attempts": 0}\n', result
    assert system.one("SELECT count(*) FROM bookreq.events") == events > 0
    assert system.one("SELECT count(*) FROM bookreq.sessions") == 2


def test_prune_deletes_what_is_old(ctl, system):
    system.sql(
        f"UPDATE bookreq.events SET created_at = created_at - {AGE} WHERE audience = 0 AND seq <= 3",
        f"UPDATE bookreq.events SET created_at = created_at - {AGE} WHERE audience = {system.ben}",
        "INSERT INTO bookreq.sessions (creator_id, token_hash, user_id, kind, expires_at)"
        f" VALUES ({system.ada}, decode(repeat('ab', 32), 'hex'), {system.ben}, 'login', now() - interval '1 second')",
        "INSERT INTO bookreq.idempotency_keys (creator_id, user_id, key, request, created_at)"
        f" SELECT {system.ada}, {system.ben}, 'key' || n, decode(repeat('ab', 32), 'hex'), now() - n * interval '23 hours'"
        " FROM generate_series(1, 2) n",
        "INSERT INTO bookreq.login_attempts (address, accounts, at) SELECT '127.0.0.1', '{}', now() - n * interval '61 minutes'"
        " FROM generate_series(0, 2) n",
        "DELETE FROM bookreq.checks",
        f"INSERT INTO bookreq.checks (creator_id, user_id, at) SELECT {system.ada}, {system.ben}, now() - n * interval '23 hours' FROM generate_series(1, 2) n",
    )
    own = system.one(f"SELECT last_seq FROM bookreq.audiences WHERE user_id = {system.ben}")
    assert ctl.json("prune") == {"events": 3 + own, "sessions": 1, "idempotency_keys": 1, "login_attempts": 2}
    assert system.one("SELECT min_seq FROM bookreq.audiences WHERE user_id = 0") == 4
    assert system.one("SELECT min(seq) FROM bookreq.events WHERE audience = 0") == 4
    assert system.one(f"SELECT min_seq FROM bookreq.audiences WHERE user_id = {system.ben}") == own + 1
    assert system.one("SELECT key FROM bookreq.idempotency_keys") == "key1"
    assert system.one("SELECT count(*) FROM bookreq.checks") == 1
    assert ctl.run("doctor").code == 0
    system.ask("After")
    assert ctl.run("doctor").code == 0


def test_prune_goes_no_further_than_the_first_young_event(ctl, system):
    system.sql(f"UPDATE bookreq.events SET created_at = created_at - {AGE} WHERE audience = 0 AND seq IN (1, 3)")
    assert ctl.json("prune")["events"] == 1
    assert system.one("SELECT min_seq FROM bookreq.audiences WHERE user_id = 0") == 2


def test_prune_works_in_batches(ctl, system):
    """More audiences, and more events of one audience, than a batch holds."""
    system.sql(
        "INSERT INTO bookreq.users (creator_id, username, is_creator) SELECT"
        f" {system.ada}, 'extra' || n, false FROM generate_series(1, 450) n",
        "UPDATE bookreq.audiences SET last_seq = 2 WHERE user_id NOT IN (0) AND last_seq = 0",
        "INSERT INTO bookreq.events (creator_id, audience, seq, frame, created_at) SELECT creator_id, user_id, n, '{}',"
        f" now() - {AGE} FROM bookreq.audiences, generate_series(1, 2) n WHERE user_id <> 0 AND last_seq = 2",
        "UPDATE bookreq.audiences SET last_seq = 5000 WHERE user_id = 0",
        f"INSERT INTO bookreq.events (creator_id, audience, seq, frame, created_at) SELECT {system.ada}, 0, n, '{{}}',"
        f" now() - {AGE} FROM generate_series(1, 5000) n ON CONFLICT (creator_id, audience, seq) DO UPDATE SET created_at = excluded.created_at",
    )
    old = system.one(f"SELECT count(*) FROM bookreq.events WHERE created_at < now() - interval '7 days'")
    assert old >= 5900
    assert ctl.json("prune")["events"] == old
    assert ctl.run("doctor").code == 0


def test_prune_without_json_says_it_on_standard_error(ctl, system):
    result = ctl.run("prune")
    assert result.code == 0 and result.out == "" and "deleted: 0 events" in result.err


def test_epoch_is_shown_and_renewed(ctl, system, redis_server):
    before = ctl.done("epoch").strip()
    assert before == system.one("SELECT epoch FROM bookreq.meta") and ctl.json("epoch") == {"epoch": before}
    prefix = f"prefix-{system.database}"
    ctl.set(redis_url=redis_server.url, redis_prefix=prefix)
    listener = redis_server.listen(f"{prefix}:*")
    after = ctl.json("epoch", "--renew")["epoch"]
    assert after != before and after == ctl.done("epoch").strip()
    told = {heard(listener) for _ in range(2)}
    assert told == {(f"{prefix}:{{{system.ada}}}:user:{user}", f"1 check {after}\n") for user in (system.ada, system.ben)}
