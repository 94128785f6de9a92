"""Bearer tokens: what is printed, and that only a hash is kept."""

import hashlib
import re
from datetime import datetime, timedelta, timezone

import pytest


@pytest.fixture
def ada(ctl):
    return ctl.json("creator", "add", "ada", "--email", "ada@example.org")["id"]


@pytest.fixture
def ben(ctl, ada):
    return ctl.json("user", "add", "ben", "--creator", "ada")["id"]


def sessions(postgres, database):
    return postgres.query(database, "SELECT creator_id, user_id, kind, token_hash::bytea, expires_at FROM bookreq.sessions ORDER BY created_at")


def test_token_is_printed_once_and_kept_as_a_hash(ctl, postgres, database, ada, ben):
    token = ctl.done("token", "add", "ben").removesuffix("\n")
    assert re.fullmatch(rf"{ada}\.[A-Za-z0-9_-]{{43}}", token)
    ((creator, user, kind, kept, _),) = sessions(postgres, database)
    assert (creator, user, kind) == (ada, ben, "token")
    assert bytes(kept) == hashlib.sha256(token.encode()).digest()


def test_creators_token(ctl, ada):
    assert ctl.done("token", "add", "ada").startswith(f"{ada}.")


def test_json_and_days(ctl, postgres, database, ben):
    before = datetime.now(timezone.utc)
    answer = ctl.json("token", "add", "ben", "--days", "3")
    assert set(answer) == {"token", "expires_at"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", answer["expires_at"])
    expires = datetime.fromisoformat(answer["expires_at"])
    assert sessions(postgres, database)[0][4] == expires
    assert timedelta(0) <= expires - before - timedelta(days=3) < timedelta(minutes=5)


def test_without_days_it_ends_too(ctl, ben):
    answer = ctl.json("token", "add", "ben")
    assert datetime.fromisoformat(answer["expires_at"]) > datetime.now(timezone.utc)


def test_tokens_differ(ctl, postgres, database, ben):
    tokens = {ctl.done("token", "add", "ben") for _ in range(5)}
    assert len(tokens) == 5 and len(sessions(postgres, database)) == 5


def test_revoke_ends_the_users_tokens_and_no_log_in(ctl, postgres, database, ada, ben):
    kept = ctl.done("token", "add", "ada").strip()
    ctl.done("token", "add", "ben")
    ctl.done("token", "add", "ben")
    postgres.execute(
        database,
        "INSERT INTO bookreq.sessions (creator_id, token_hash, user_id, kind, expires_at)"
        f" VALUES ({ada}, decode(repeat('ab', 32), 'hex'), {ben}, 'login', now() + interval '1 hour')",
    )
    assert ctl.done("token", "revoke", "ben") == ""
    left = {(user, kind) for _, user, kind, _, _ in sessions(postgres, database)}
    assert left == {(ada, "token"), (ben, "login")} and kept
    ctl.json("token", "revoke", "ben")
