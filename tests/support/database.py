"""The stack's PostgreSQL itself, to hold a lock that somebody is to wait for."""

import threading
from contextlib import contextmanager

import psycopg2

from support.parallel import eventually


def database(stack):
    """A connection as the superuser, in a transaction."""
    return psycopg2.connect(host=str(stack.var / "run"), user="postgres", dbname="bookreq")


def wait_for_lock(stack, function):
    """Until a call of this function of bookreq_api waits for somebody's lock."""
    connection = database(stack)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:

            def waits():
                cursor.execute("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND strpos(query, %s) > 0", (f"bookreq_api.{function}(",))
                return cursor.fetchall()

            eventually(waits, f"{function} waits for a lock")
    finally:
        connection.close()


@contextmanager
def under_way(stack, call, function, lock, *values):
    """
    While the body runs, call() has come to where its function of bookreq_api waits for what the statement `lock` has locked. Gives that
    transaction, which is undone unless the body commits it, and a list that holds what call() returned once the body has ended.
    """
    results = []
    thread = threading.Thread(target=lambda: results.append(call()))
    holder = database(stack)
    try:
        with holder.cursor() as cursor:
            cursor.execute(lock, values)
        thread.start()
        wait_for_lock(stack, function)
        yield holder, results
    finally:
        holder.close()
    thread.join(60)
