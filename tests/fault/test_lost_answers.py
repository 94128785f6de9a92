"""What was committed is told, also where the one who should have told it never came to it, and nothing else happens afterwards."""

import threading

import pytest

from play import Play
from strikes import armed
from support.checks import API
from support.http import encode
from support.parallel import eventually
from support.people import unique


@pytest.fixture
def still(stack, seed):
    """A play in which nobody acts by himself."""
    with Play([stack], seed) as play:
        play.stop()
        yield play


class Post(threading.Thread):
    """One POST of a new request, once; then again with the same key."""

    def __init__(self, play):
        super().__init__(daemon=True)
        self.person = play.cast.subscribers[0]
        content_type, self.body = encode({"title": unique("Book"), "author": "A"}, "form")
        self.headers = {"Content-Type": content_type, "Idempotency-Key": unique("key")}
        self.start()

    def send(self):
        return self.person.clients[0].raw("POST", API + "/", self.headers, self.body)

    def run(self):
        self.first = self.send()

    def first_status(self):
        self.join(60)
        assert not self.is_alive(), "an answer, of whatever kind"
        return self.first.status

    def settle(self, play):
        """The second answer is the first one that got lost; the play's judgement goes on from there."""
        answer = self.send()
        assert answer.status == 201 and answer.headers["Idempotency-Replayed"] == "true", answer
        play._keep(answer.json["book_request"])


def test_the_worker_is_killed_after_the_commit(still):
    """Its successor pokes."""
    post = []
    armed(still, "worker.after_commit", "kill", lambda: post or post.append(Post(still)), go_on=0)
    assert post[0].first_status() == 502
    still.judge_events()
    post[0].settle(still)


def test_the_worker_is_stalled_after_the_commit(still):
    """And overtaken by another: the later event is not shown before the earlier one."""
    post = []
    armed(still, "worker.after_commit", "stall 1500", lambda: post or post.append(Post(still)), go_on=0)
    second = Post(still)
    assert second.first_status() == 201
    still.judge_events()
    assert post[0].first_status() == 201
    for each in (post[0], second):
        still._keep(each.first.json["book_request"])


def test_the_connection_to_the_database_is_lost_after_the_commit(still):
    """
    The commit waits for a standby that does not exist; then its backend is ended. The worker cannot know whether anything was changed:
    it says 503, and pokes.
    """
    ask, posts = still.store.ask, []

    def caught():
        """The setting counts a moment after the reload; until then a POST is answered."""
        if not posts or not posts[-1].is_alive():
            posts.append(Post(still))
        return ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND usename = 'bookreq_app'")

    still.store.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()")
    try:
        eventually(caught, "a commit waits")
        *answered, post = posts
        assert post.first_status() == 503
    finally:
        still.store.execute("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
    still.judge_events()
    for each in answered:
        assert each.first_status() == 201
        still._keep(each.first.json["book_request"])
    post.settle(still)
