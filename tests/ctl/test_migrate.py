"""bookreqctl migrate: on the project's own SQL, and on small directories that show one thing each."""

import shutil

import pytest
from ctl_support import APP_ROLE, OWNER, SECONDS, SQL, Ctl

FIRST = """CREATE SCHEMA bookreq;
CREATE TABLE bookreq.meta (schema_version integer NOT NULL);
INSERT INTO bookreq.meta VALUES (0);
CREATE TABLE bookreq.t (n integer);
"""
COUNT = "SELECT count(*) FROM pg_proc WHERE pronamespace::regnamespace::text LIKE 'bookreq%%'"
FUNCTION = "CREATE OR REPLACE FUNCTION bookreq.f() RETURNS integer LANGUAGE sql AS 'SELECT {}';\n"


class Files:
    """A directory like sql/."""

    def __init__(self, path):
        self.path = path
        (path / "migrations").mkdir(parents=True)
        (path / "functions").mkdir()
        self.write("migrations/0001_first.sql", FIRST)
        self.write("functions/f.sql", FUNCTION.format(1))
        self.write("grants.sql", "")

    def write(self, name, text):
        (self.path / name).write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path / "sql")


@pytest.fixture
def ctl(postgres, empty, files):
    return Ctl(database_url=postgres.url(empty), sql_dir=files.path)


def versions():
    return [int(path.name[:4]) for path in sorted((SQL / "migrations").glob("*.sql"))]


def test_own_sql_on_an_empty_database(postgres, empty):
    ctl = Ctl(database_url=postgres.url(empty))
    newest = versions()[-1]
    assert ctl.json("migrate") == {"schema_version": newest, "applied": len(versions()), "changed": True}
    assert ctl.json("migrate") == {"schema_version": newest, "applied": 0, "changed": False}
    assert ctl.done("migrate") == f"{newest}\n"
    assert postgres.query(empty, "SELECT schema_version FROM bookreq.meta") == [(newest,)]


def test_own_sql_from_four_places_at_once(postgres, empty):
    ctl = Ctl(database_url=postgres.url(empty))
    running = [ctl.start("--json", "migrate") for _ in range(4)]
    ends = [process.communicate(timeout=SECONDS) for process in running]
    assert [process.returncode for process in running] == [0] * 4, ends
    assert sorted(b'"changed": true' in out for out, _ in ends) == [False, False, False, True]


def test_a_function_may_change_its_result_and_go_away(postgres, empty, ctl, files):
    files.write("functions/g.sql", FUNCTION.format(2).replace("bookreq.f", "bookreq.g"))
    ctl.done("migrate")
    files.write("functions/f.sql", FUNCTION.format("''three''::text").replace("integer", "text"))
    (files.path / "functions" / "g.sql").unlink()
    assert ctl.json("migrate") == {"schema_version": 1, "applied": 0, "changed": True}
    assert postgres.query(empty, "SELECT bookreq.f()") == [("three",)]
    assert postgres.query(empty, "SELECT to_regproc('bookreq.g') IS NULL") == [(True,)]


def test_own_functions_are_all_replaced(postgres, empty, tmp_path):
    ctl = Ctl(database_url=postgres.url(empty))
    ctl.done("migrate")
    sql = tmp_path / "sql"
    shutil.copytree(SQL, sql)
    with open(sql / "functions" / "refuse.sql", "a") as file:
        file.write("-- changed\n")
    ctl.set(sql_dir=sql)
    before = postgres.query(empty, COUNT)
    assert ctl.json("migrate")["changed"]
    assert postgres.query(empty, COUNT) == before


def test_application_role_may_call_and_nothing_else(postgres, database):
    tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'bookreq'::regnamespace AND relkind IN ('r', 'p')"
    readable = tables + " AND has_table_privilege(%s, oid, 'SELECT, INSERT, UPDATE, DELETE')"
    assert postgres.query(database, tables)[0][0] > 0
    assert postgres.query(database, readable, APP_ROLE) == [(0,)]
    callable_in = (
        "SELECT count(*) FILTER (WHERE has_function_privilege(%s, oid, 'EXECUTE')), count(*) FROM pg_proc"
        " WHERE pronamespace = %s::regnamespace AND has_schema_privilege(%s, pronamespace, 'USAGE')"
    )
    allowed, there = postgres.query(database, callable_in, APP_ROLE, "bookreq_api", APP_ROLE)[0]
    assert allowed == there > 0
    assert postgres.query(database, callable_in, APP_ROLE, "bookreq_ctl", APP_ROLE)[0][0] == 0


def test_role_made_later_is_granted_by_the_next_run(postgres, empty):
    ctl = Ctl(database_url=postgres.url(empty))
    ctl.set(app_role="late_app")
    assert ctl.json("migrate")["changed"]
    assert not ctl.json("migrate")["changed"]
    postgres.execute("postgres", "CREATE ROLE late_app")
    assert ctl.json("migrate")["changed"]
    assert postgres.query(empty, "SELECT has_schema_privilege('late_app', 'bookreq_api', 'USAGE')") == [(True,)]
    assert not ctl.json("migrate")["changed"]


def test_only_newer_migrations_are_applied_in_order(postgres, empty, ctl, files):
    ctl.done("migrate")
    files.write("migrations/0010_tenth.sql", "INSERT INTO bookreq.t SELECT max(n) * 10 FROM bookreq.t;")
    files.write("migrations/0002_second.sql", "INSERT INTO bookreq.t VALUES (7);")
    assert ctl.json("migrate") == {"schema_version": 10, "applied": 2, "changed": True}
    assert postgres.query(empty, "SELECT n FROM bookreq.t ORDER BY n") == [(7,), (70,)]


def test_changed_function_is_replaced(postgres, empty, ctl, files):
    ctl.done("migrate")
    files.write("functions/f.sql", FUNCTION.format(2))
    assert ctl.json("migrate") == {"schema_version": 1, "applied": 0, "changed": True}
    assert postgres.query(empty, "SELECT bookreq.f()") == [(2,)]
    files.write("functions/g.sql", "CREATE OR REPLACE FUNCTION bookreq.g() RETURNS integer LANGUAGE sql AS 'SELECT bookreq.f()';")
    assert ctl.json("migrate")["changed"]
    assert not ctl.json("migrate")["changed"]


def test_function_may_call_a_later_one(postgres, empty, ctl, files):
    files.write("functions/a.sql", "CREATE OR REPLACE FUNCTION bookreq.a() RETURNS integer LANGUAGE sql AS 'SELECT bookreq.f()';")
    ctl.done("migrate")
    assert postgres.query(empty, "SELECT bookreq.a()") == [(1,)]


def test_grants_know_the_role(postgres, empty, ctl, files):
    files.write("grants.sql", "CREATE TABLE bookreq.role_seen AS SELECT current_setting('bookreq.app_role') AS name;")
    ctl.done("migrate")
    assert postgres.query(empty, "SELECT name FROM bookreq.role_seen") == [(APP_ROLE,)]


@pytest.mark.parametrize(
    "name, text, reason",
    [
        ("migrations/0002_bad.sql", "SELECT 1;\nCREATE TABLE bookreq.x (n nonsense);\n", ':2: type "nonsense" does not exist'),
        ("migrations/0002_bad.sql", "-- é é é\nSELEC 1;", ':2: syntax error at or near "SELEC"'),
        ("functions/bad.sql", "SELECT bookreq.missing()", ":1: function bookreq.missing() does not exist"),
        ("grants.sql", "GRANT USAGE ON SCHEMA bookreq TO nobody_at_all", ': role "nobody_at_all" does not exist'),
        ("grants.sql", "INSERT INTO bookreq.t SELECT 1 / (n - n) FROM bookreq.meta, (VALUES (1)) AS v (n)", ": division by zero"),
        ("functions/bad.sql", "COMMIT;", ": a file must not end the transaction"),
        ("functions/bad.sql", b"SELECT 1;\0", " is not text"),
        ("functions/bad.sql", b"SELECT '\xff';", ': invalid byte sequence for encoding "UTF8": 0xff'),
    ],
)
def test_failing_file_is_named_and_nothing_is_changed(postgres, empty, ctl, files, name, text, reason):
    files.write(name, text)
    assert ctl.refused("migrate") == f"{files.path}/{name}{reason}"
    if "COMMIT" not in str(text):
        assert postgres.query(empty, "SELECT to_regnamespace('bookreq')") == [(None,)]


def test_too_large_file(ctl, files):
    files.write("functions/large.sql", "-" * ((4 << 20) + 1))
    assert ctl.refused("migrate") == f"{files.path}/functions/large.sql is longer than 4194304 bytes"


@pytest.mark.parametrize("name", ["1_x.sql", "00001_x.sql", "0000_x.sql", "x.sql", "001a_x.sql", "0002-x.sql", "0x02_.sql"])
def test_misnamed_migration(ctl, files, name):
    files.write(f"migrations/{name}", "")
    assert ctl.refused("migrate") == f"{files.path}/migrations/{name} is not named NNNN_what.sql"


def test_number_used_twice(ctl, files):
    files.write("migrations/0001_other.sql", "")
    assert ctl.refused("migrate") == f"{files.path}/migrations/0001_other.sql has a number that another migration has"


def test_other_files_are_no_migrations(ctl, files):
    files.write("migrations/README", "")
    files.write("migrations/.0002_hidden.sql", "nonsense")
    files.write("migrations/0002_old.sql~", "nonsense")
    assert ctl.json("migrate")["applied"] == 1


def test_no_migrations(ctl, files):
    (files.path / "migrations/0001_first.sql").unlink()
    assert ctl.refused("migrate") == f"{files.path}/migrations holds no migrations (setting sql_dir)"


def test_no_such_directory(ctl):
    ctl.set(sql_dir="/nonexistent")
    assert ctl.refused("migrate") == "/nonexistent/migrations cannot be read: No such file or directory (setting sql_dir)"


def test_newer_database_is_refused(postgres, empty, ctl):
    ctl.done("migrate")
    postgres.execute(empty, "UPDATE bookreq.meta SET schema_version = 2")
    assert ctl.refused("migrate") == "the database has schema version 2, this program knows only up to 1: it needs a newer bookreq"


def test_damaged_meta(postgres, empty, ctl, files):
    ctl.done("migrate")
    postgres.execute(empty, "DELETE FROM bookreq.meta")
    assert ctl.refused("migrate") == "the table bookreq.meta does not hold one schema version"


def test_migration_without_meta_row(ctl, files):
    files.write("migrations/0001_first.sql", FIRST.replace("INSERT INTO bookreq.meta VALUES (0);", ""))
    assert ctl.refused("migrate") == "the table bookreq.meta does not hold one row"


def test_waits_for_another_run(postgres, empty, ctl):
    """The lock's holder commits the version meanwhile: the one that waited must see it."""
    other = postgres.connect(empty, OWNER)
    other.autocommit = False
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7305796)")
            process = ctl.start("--json", "migrate")
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock' AND wait_event = 'advisory'"
            while postgres.query("postgres", waiting, empty) != [(1,)]:
                assert process.poll() is None, process.communicate()
            cursor.execute(FIRST)
            cursor.execute("UPDATE bookreq.meta SET schema_version = 1")
            other.commit()
    finally:
        other.close()
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0 and b'"applied": 0, "changed": true' in out, (out, err)


def test_role_without_rights_is_told(postgres, empty, ctl):
    ctl.set(database_url=postgres.url(empty, APP_ROLE))
    reason = ctl.refused("migrate")
    assert reason.endswith(f"0001_first.sql: permission denied for database {empty}"), reason
