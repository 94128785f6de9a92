"""Sockets that nobody disturbs, of people who play no other part: they tell when news comes live again, not by polling."""

import time
from contextlib import contextmanager

from support.checks import API
from support.live import Live, update_of
from support.people import Tenant, User, unique

LIVE = 0.3  # seconds from the answer to the frame; polling takes up to two
PROMISED = 3
DEADLINE = 20  # PROMISED on a machine that is not busy


class Probe:
    def __init__(self, nodes):
        tenant = Tenant(nodes[0], requests=100000)
        self.people = [tenant.subscriber() for _ in nodes]
        seen = [User(node, person.id, person.name, person.email) for person, node in zip(self.people, nodes)]
        for one, person in zip(seen, self.people):
            one.token = person.token
        self.sockets = [Live(one) for one in seen]

    def again(self):
        """Waits until what one does is seen at once by that one's socket at another node, for each of them; how long that took."""
        began = time.monotonic()
        for number, person in enumerate(self.people):
            while not self._is_live(person, self.sockets[number]):
                assert time.monotonic() - began < DEADLINE, f"not live after {DEADLINE} s"
        took = time.monotonic() - began
        print(f"live again {took:.2f} s after the fail-over, {PROMISED} s are promised")
        return took

    def _is_live(self, person, socket):
        answer = person.api.post(API + "/", {"title": unique("Probe"), "author": "A"})
        if answer.status == 503:
            return False
        assert answer.status == 201, answer
        posted = time.monotonic()
        socket.until(update_of(answer.json["book_request"]))
        return time.monotonic() - posted < LIVE

    def close(self):
        for socket in self.sockets:
            socket.close()


@contextmanager
def probing(nodes):
    probe = Probe(nodes)
    try:
        yield probe
    finally:
        probe.close()
