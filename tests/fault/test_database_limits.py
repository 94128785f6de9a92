"""A database that cannot do it: 503, nothing half done, and as before once it can."""

import re
import threading

import psycopg2
import pytest

from oracle import Store
from support.checks import API, check_problem
from support.people import Tenant


@pytest.fixture
def store(stack):
    return Store(stack)


@pytest.fixture
def ann(stack):
    ann = Tenant(stack).subscriber()
    ann.create("The first")
    return ann


def everything(store, creator):
    """All that a change to a request writes."""
    tables = ("book_requests", "quota_ledger", "quota_usage", "events", "notifications", "activity_log", "audiences", "idempotency_keys")
    return {table: store.ask(f"SELECT t::text FROM bookreq.{table} t WHERE creator_id = %s ORDER BY 1", creator) for table in tables}


def failures(ann):
    """What /metrics says of calls that failed for another reason than a refusal."""
    return float(re.search(r"^bookreq_database_errors_total (.*)$", ann.api.raw("GET", "/metrics").body.decode(), re.MULTILINE)[1])


def refused_and_unchanged(store, ann):
    before, counted = everything(store, ann.creator.id), failures(ann)
    answer = ann.api.post(API + "/", {"title": "The second", "author": "A"}, key="once")
    check_problem(answer, 503, "unavailable")
    assert everything(store, ann.creator.id) == before and failures(ann) > counted


def possible_again(ann):
    answer = ann.api.post(API + "/", {"title": "The second", "author": "A"}, key="once")
    assert answer.status == 201 and answer.json["quota"]["requests_used"] == 2, answer


@pytest.mark.parametrize("table", ["book_requests", "quota_ledger", "events", "activity_log"])
def test_the_disk_is_full(store, ann, table):
    """PostgreSQL says so while it extends a table: played by a trigger that fails with the same error."""
    store.execute(
        "CREATE FUNCTION public.disk_full() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$",
        f"CREATE TRIGGER disk_full BEFORE INSERT ON bookreq.{table} FOR EACH ROW EXECUTE FUNCTION public.disk_full()",
    )
    try:
        refused_and_unchanged(store, ann)
    finally:
        store.execute("DROP FUNCTION public.disk_full() CASCADE")
    possible_again(ann)


def test_the_statement_takes_too_long(store, ann):
    """Another transaction holds the row that is needed last."""
    holder = psycopg2.connect(host=str(store.directory), user="postgres", dbname="bookreq")
    try:
        with holder.cursor() as cursor:
            cursor.execute("SELECT FROM bookreq.audiences WHERE creator_id = %s AND user_id = 0 FOR UPDATE", (ann.creator.id,))
            others = threading.Thread(target=ann.quota)
            others.start()
            refused_and_unchanged(store, ann)
            others.join(60)
            assert not others.is_alive(), "what needs no such row is not held up"
    finally:
        holder.close()
    possible_again(ann)
