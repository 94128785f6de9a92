"""A database that is away, silent, not migrated, not allowed or busy: one line, exit 1."""

from ctl_support import APP_ROLE, SECONDS, Ctl


def test_unreachable():
    ctl = Ctl(database_url="postgresql:///x?host=/nonexistent")
    assert ctl.refused("user", "list", "--creator", "ada").startswith("the database of database_url cannot be reached: ")
    assert ctl.refused("migrate").startswith("the database of database_url cannot be reached: ")


def test_no_such_database(postgres):
    reason = Ctl(database_url=postgres.url("missing")).refused("token", "revoke", "ada")
    assert reason.startswith("the database of database_url cannot be reached: ") and '"missing" does not exist' in reason


def test_not_a_url():
    assert "cannot be reached" in Ctl(database_url="postgresql://[").refused("migrate")


def test_silent_server(silent_port):
    reason = Ctl(database_url=f"postgresql://127.0.0.1:{silent_port}/x?connect_timeout=2").refused("user", "list", "--creator", "ada")
    assert reason.startswith("the database of database_url cannot be reached: ") and "timeout expired" in reason


def test_not_migrated(postgres, empty):
    reason = Ctl(database_url=postgres.url(empty)).refused("user", "list", "--creator", "ada")
    assert reason.startswith("the database is not at this version (bookreqctl migrate brings it there): ")


def test_workers_role_may_not(postgres, database):
    reason = Ctl(database_url=postgres.url(database, APP_ROLE)).refused("user", "list", "--creator", "ada")
    assert reason.startswith("the role of database_url may not do this: ")


def test_lock_is_not_waited_for_without_end(postgres, ctl, database):
    ctl.set(statement_ms=100)
    holder = postgres.connect(database)
    holder.autocommit = False
    try:
        with holder.cursor() as cursor:
            cursor.execute("LOCK TABLE bookreq.users IN ACCESS EXCLUSIVE MODE")
            assert ctl.refused("creator", "add", "ada", "--email", "a@example.org").startswith("the database took too long: ")
    finally:
        holder.close()


def test_connection_lost_in_a_call(postgres, ctl, database):
    ctl.set(statement_ms=60000)
    holder = postgres.connect(database)
    holder.autocommit = False
    try:
        with holder.cursor() as cursor:
            cursor.execute("LOCK TABLE bookreq.users IN ACCESS EXCLUSIVE MODE")
            process = ctl.start("creator", "add", "ada", "--email", "a@example.org")
            waiting = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
            while not postgres.query("postgres", waiting, database):
                assert process.poll() is None, process.communicate()
            postgres.execute("postgres", f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}' AND wait_event_type = 'Lock'")
            _, err = process.communicate(timeout=SECONDS)
    finally:
        holder.close()
    assert process.returncode == 1 and err.startswith(b"bookreqctl: the connection to the database was lost: "), err
