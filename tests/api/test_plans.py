"""Lists stay fast with 200,000 requests of one creator: what the database reads for a page, by its own account."""

import json
import re

import psycopg2
import pytest

from support.stack import ROOT

REQUESTS, USERS, MONTHS, ENTRIES = 200_000, 500, 4, 50_000
PAGE = 100
FEW = 1000  # rows that may be read for a page: a few times its own

FILL = f"""
SET session_replication_role = replica;  -- foreign keys are not checked row by row
INSERT INTO users (creator_id, username, tier_id, is_team)
	SELECT 1, 'user' || n, 1, n = 1 FROM generate_series(1, {USERS}) n;
INSERT INTO audiences (creator_id, user_id, is_admin) SELECT creator_id, id, is_team FROM users WHERE id > 1;
INSERT INTO quota_usage (creator_id, user_id, month_year, used)
	SELECT 1, id, '2025-0' || m, 0 FROM users, generate_series(1, {MONTHS} + 1) m;
-- The oldest three are all that a user, a status and a month have: who looks for them must not read the rest.
INSERT INTO book_requests (creator_id, user_id, title, author, status, created_at, updated_at, month_year, responded_by_id, response_date,
	duplicate_key, search_text)
SELECT 1, CASE WHEN n <= 3 THEN 2 ELSE 3 + n % {USERS - 2} END, 'Book ' || n, 'Author', (CASE WHEN n <= 3 THEN 'rejected' WHEN n % 2 = 0 THEN 'approved'
		WHEN n % 1000 = 1 THEN 'pending' ELSE 'fulfilled' END)::request_status,
	now(), now(), '2025-0' || CASE WHEN n <= 3 THEN {MONTHS} + 1 ELSE 1 + n % {MONTHS} END, 1, now(), md5(n::text)::uuid, 'book ' || n || E'\\nauthor\\nuser'
FROM generate_series(1, {REQUESTS}) n;
UPDATE audiences SET rejected_count = 3, approved_count = (SELECT count(*) FROM book_requests WHERE status = 'approved'),
	pending_count = (SELECT count(*) FROM book_requests WHERE status = 'pending'),
	fulfilled_count = (SELECT count(*) FROM book_requests WHERE status = 'fulfilled') WHERE user_id = 0;
INSERT INTO notifications (creator_id, user_id, kind, message, book_request_id, created_at, read_at)
	SELECT 1, CASE WHEN n <= 3 THEN 2 ELSE 3 END, 'request_responded', 'm', n, now(), CASE WHEN n > 5 THEN now() END FROM generate_series(1, 50000) n;
-- Of 150 days, the oldest three in a month of their own.
INSERT INTO activity_log (creator_id, at, actor_id, action, book_request_id)
	SELECT 1, CASE WHEN n <= 3 THEN '2001-02-03' ELSE now() - ({ENTRIES} - n) * interval '4 minutes' END, CASE WHEN n <= 3 THEN 2 ELSE 3 + n % {USERS - 2} END,
		(CASE WHEN n <= 3 THEN 'replied' WHEN n % 3 = 0 THEN 'responded' ELSE 'created' END)::activity, n FROM generate_series(1, {ENTRIES}) n;
INSERT INTO sessions (creator_id, token_hash, user_id, kind, expires_at) SELECT 1, sha256(id::text::bytea), id, 'token', now() + interval '1 day' FROM users;
SET session_replication_role = origin;
ANALYZE;
LOAD 'auto_explain';
SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SET auto_explain.log_analyze = on;
SET auto_explain.log_timing = off; SET auto_explain.log_format = json;
SET client_min_messages = log;
"""


class Database:
    """A database of its own in the stack's PostgreSQL."""

    def __init__(self, stack):
        self.place = {"host": str(stack.var / "run"), "user": "postgres"}
        self.execute_elsewhere("CREATE DATABASE plans")
        self.connection = psycopg2.connect(dbname="plans", **self.place)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.cursor.execute("SET check_function_bodies = off")
        for directory in ("migrations", "functions"):
            for file in sorted((ROOT / "sql" / directory).glob("*.sql")):
                self.cursor.execute(file.read_text())
        self.cursor.execute("SELECT bookreq_ctl.creator_add('creator', 'c@example.org', NULL), bookreq_ctl.tier_set('creator', 'Gold', 5, 5)")
        self.cursor.execute("SET search_path = bookreq, public")
        self.cursor.execute(FILL)

    def execute_elsewhere(self, statement):
        connection = psycopg2.connect(dbname="postgres", **self.place)
        connection.autocommit = True
        try:
            connection.cursor().execute(statement)
        finally:
            connection.close()

    def close(self):
        self.connection.close()
        self.execute_elsewhere("DROP DATABASE plans")

    def call(self, function, user, *parameters):
        """The function's answer as an object, and the plans of the statements inside it."""
        del self.connection.notices[:]
        role = "admin" if user == 1 else "any"
        places = "".join(", %s" for _ in parameters)
        self.cursor.execute(f"SELECT body FROM bookreq_api.{function}(1, sha256(%s::text::bytea), NULL, %s{places})", (user, role, *parameters))
        (body,) = self.cursor.fetchone()
        plans = [json.loads(notice.partition("plan:")[2]) for notice in self.connection.notices if "plan:" in notice]
        return json.loads(body), [plan["Plan"] for plan in plans]


def nodes(plan):
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def read(plans, table):
    """How many rows of the table were looked at."""
    total = 0
    for node in (node for plan in plans for node in nodes(plan) if node.get("Relation Name") == table):
        assert re.fullmatch(r"(Index|Index Only|Bitmap Heap) Scan", node["Node Type"]), node
        total += (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return total


@pytest.fixture(scope="module")
def database(stack):
    database = Database(stack)
    yield database
    database.close()


def check(database, table, limit, function, user, *parameters):
    """Ten times: after five the database may settle on one plan for all parameters."""
    for _ in range(10):
        body, plans = database.call(function, user, *parameters)
        rows = read(plans, table)
        assert 0 < rows <= limit, (function, parameters, rows)
    return body


# What is sought; how many rows may be read, of which all that fit where the total must be counted; the total
ADMIN_LISTS = [
    ({}, FEW, REQUESTS),
    ({"status": "pending"}, FEW, REQUESTS // 1000 - 1),
    ({"status": "approved"}, FEW, None),
    ({"status": "rejected"}, FEW, 3),
    ({"user_id": 2}, FEW, 3),
    ({"user_id": 3}, FEW, None),
    ({"user_id": 3, "status": "rejected"}, FEW, 0),
    ({"month_year": f"2025-0{MONTHS + 1}"}, FEW, 3),
    ({"month_year": "2025-02"}, REQUESTS // MONTHS + FEW, None),
    ({"before": 5}, FEW, REQUESTS),
    ({"before": 100_000}, FEW, REQUESTS),
    ({"status": "rejected", "before": 3}, FEW, 3),
    ({"q": "author", "user_id": 2}, FEW, 3),
    ({"q": "book 77777"}, REQUESTS + FEW, 1),
]


@pytest.mark.parametrize("query, limit, total", ADMIN_LISTS, ids=[str(query) for query, _, _ in ADMIN_LISTS])
def test_the_admins_list(database, query, limit, total):
    parameters = [query.get(name) for name in ("status", "user_id", "month_year", "q")] + [PAGE, query.get("before")]
    answer = check(database, "book_requests", limit, "list_admin_requests", 1, *parameters)
    assert total in (None, answer["total"]), answer["total"]
    assert sum(answer["counts"].values()) == REQUESTS
    ids = [request["id"] for request in answer["book_requests"]]
    assert ids == sorted(ids, reverse=True) and len(ids) <= PAGE
    assert all(identity < query["before"] for identity in ids if "before" in query)


@pytest.mark.parametrize("user", [2, 3])
@pytest.mark.parametrize("status, month, before", [(None, None, None), ("rejected", None, None), (None, f"2025-0{MONTHS + 1}", None), (None, None, 100_000)])
def test_the_own_list(database, user, status, month, before):
    answer = check(database, "book_requests", FEW, "list_requests", user, status, month, PAGE, before)
    assert bool(answer["book_requests"]) is (user == 2 or (status is None and month is None))
    assert all(request["user_id"] == user for request in answer["book_requests"])


@pytest.mark.parametrize("title", ["Book", "Book 1", "The book 77779", "Book 77779 and more", "None", "?"])
@pytest.mark.parametrize("user", [2, 3])
def test_similar_books(database, user, title):
    """A title that 99,000 fulfilled ones begin with costs no more than one that none does."""
    for _ in range(10):
        answer, plans = database.call("similar_requests", user, title, "Author")
        assert read(plans, "book_requests") <= FEW
    assert len([book for book in answer["similar"] if not book["own"]]) == {"Book": 5, "Book 1": 5, "None": 0, "?": 0}.get(title, 1)


@pytest.mark.parametrize("user, unread, before", [(3, False, None), (3, True, None), (3, False, 40_000), (2, False, None), (2, True, None)])
def test_notifications(database, user, unread, before):
    check(database, "notifications", FEW, "list_notifications", user, unread, PAGE, before)


@pytest.mark.parametrize("before", [None, 25_000, 2])
def test_activity(database, before):
    check(database, "activity_log", FEW, "list_activity", 1, None, None, None, PAGE, before)


@pytest.mark.parametrize(
    "actor, action, month, found",
    [(2, None, None, 3), (3, None, None, PAGE), (3, "replied", None, 0), (None, "replied", None, 3), (None, "created", None, PAGE), (None, "responded", None, PAGE)]
    + [(None, None, "2001-02", 3), (2, "replied", "2001-02", 3), (3, None, "2001-02", 0), (None, None, "1999-01", 0), (None, "team_added", "2001-03", 0)],
)
def test_found_activity(database, actor, action, month, found):
    for _ in range(10):
        answer, plans = database.call("list_activity", 1, actor, action, month, PAGE, None)
        assert len(answer["activity"]) == found
        assert read(plans, "activity_log") <= FEW


@pytest.mark.parametrize("request_id", [2, 30_000])
def test_timeline(database, request_id):
    for _ in range(10):
        answer, plans = database.call("request_timeline", 1, request_id)
        assert [step["book_request_id"] for step in answer["timeline"]] == [request_id]
        assert read(plans, "activity_log") < 5


def test_context(database):
    """Of a page of requests, each for a book of its own."""
    check(database, "book_requests", FEW, "request_context", 1, list(range(50_000, 50_000 + PAGE)))


def test_figures(database):
    """A report: what the months have is read once for the numbers and once for who asked."""
    _, plans = database.call("figures", 1, 36)
    assert read(plans, "book_requests") <= 2 * REQUESTS + FEW


@pytest.mark.parametrize("q, before, limit", [(None, None, FEW), (None, 100, FEW), ("user77", None, 2 * USERS)])
def test_users(database, q, before, limit):
    check(database, "users", limit, "list_users", 1, q, PAGE, before)


@pytest.mark.parametrize("user", [1, 2])
def test_nothing_else_reads_much(database, user):
    """The quota, and the numbers that a socket begins with."""
    _, plans = database.call("quota", user)
    assert sum(read(plans, table) for table in ("users", "quota_usage", "sessions", "book_requests", "audiences")) < 20
