"""A seeded random play: people of one creator who do everything there is to do, while others watch and things break."""

import http.client
import json
import os
import random
import secrets
import threading
import time
from collections import Counter

from followers import Follower, Watch
from oracle import Store, Stream, Verdict
from support.checks import API
from support.http import Client, encode
from support.parallel import eventually
from support.people import Tenant, unique

STATUSES = ["pending", "approved", "approved", "rejected", "rejected", "fulfilled"]
ACTIONS = ["create", "create", "create", "respond", "respond", "respond", "accept", "fulfill", "reply"]
WATCHING = ["refresh", "refresh", "cut", "close", "nothing", "nothing", "nothing", "nothing"]
THREADS = 3
MANY = 100000
SECONDS = 60
WHOLE_SECONDS = 40  # less than a heartbeat's 60: that would mend what nothing else has mended


def seed_number(number):
    """The seed of the run's play of this number: after BOOKREQ_SEED, or any."""
    first = os.environ.get("BOOKREQ_SEED")
    return int(first) + number if first else secrets.randbelow(10**9)


class Person:
    """A user, seen from every node."""

    def __init__(self, user, nodes):
        self.user = user
        self.id, self.name, self.token = user.id, user.name, user.token
        self.clients = [Client(node, token=user.token) for node in nodes]


class Cast:
    """Who plays: a creator, a team member, one who joins and leaves the team all the time, and subscribers."""

    def __init__(self, nodes, subscribers=3):
        self.tenant = Tenant(nodes[0], requests=MANY)
        self.creator = Person(self.tenant.creator, nodes)
        self.team = Person(self.tenant.team_member(), nodes)
        self.changing = Person(self.tenant.subscriber("changing"), nodes)
        self.subscribers = [Person(self.tenant.subscriber(), nodes) for _ in range(subscribers)]
        self.admins = [self.creator, self.team, self.changing]
        self.everybody = [*self.admins, *self.subscribers]


class Play:
    """
    with Play(nodes, seed) as play: play.acted(50); break something; … — and at the end, when all is whole again, everybody's story is judged.
    `tolerated` are the 5xx that clients may see (and try again with the same Idempotency-Key); `struck` counts faults.
    """

    def __init__(self, nodes, seed, sockets=2, tolerated=(), texts=(0, 10, 4000), store=None):
        print(f"BOOKREQ_SEED={seed}")
        self.nodes, self.seed, self.texts = nodes, seed, texts
        self.tolerated = set(tolerated)
        self.random = random.Random(f"{seed}/faults")
        self.cast = Cast(nodes)
        self.store = store or Store(nodes[0])
        creator = self.cast.creator.id
        self.segments = {person: [self.store.membership(creator, person.id)[0]] for person in self.cast.everybody}
        self.done = set()  # (request, version) as answered
        self.unsure = Counter()  # changes by request that may have been made, though the last answer was 403
        self.known = {}
        self.hiccups = Counter()
        self.struck = Counter()
        self.count = 0
        self.failure = None
        self.stopping = False
        self.changed = threading.Condition()
        self.watch = Watch()
        self.watch.follow(
            Follower(person, nodes, random.Random(f"{seed}/{person.name}/{number}")) for person in self.cast.everybody for number in range(sockets)
        )

    def __enter__(self):
        try:
            self.watch.online()
        except BaseException:
            self.watch.close()
            raise
        self.threads = [threading.Thread(target=self._guard, args=(number,), daemon=True) for number in range(THREADS)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, kind, *_):
        try:
            self.stop()
            if kind is None:
                self.judge()
        finally:
            self.watch.close()

    # Acting

    def _guard(self, number):
        try:
            chance = random.Random(f"{self.seed}/{number}")
            while not self.stopping:
                if number == 0 and chance.random() < 0.1:
                    self._change_team()
                else:
                    self._act(chance)
                self._disturb(chance)
                with self.changed:
                    self.count += 1
                    self.changed.notify_all()
        except BaseException as failure:
            with self.changed:
                self.failure = failure
                self.changed.notify_all()

    def _act(self, chance):
        known = list(self.known.values())
        action = chance.choice(ACTIONS) if known else "create"
        if action == "create":
            actor = chance.choice([*self.cast.subscribers, self.cast.team, self.cast.changing])
            answer = self.surely(chance, actor, API + "/", title=unique("Book"), author="A", description="\u00e9" * chance.choice(self.texts))
        else:
            request = chance.choice(known)
            fields = {"respond": {"status": chance.choice(STATUSES), "response_message": "m" * chance.choice([0, 3])}, "reply": {"user_reply": "r"}}.get(action, {})
            actor = chance.choice(self.cast.admins)
            if action == "reply":
                (actor,) = (person for person in self.cast.everybody if person.id == request["user_id"])
            answer = self.surely(chance, actor, f"{API}/{request['id']}/{action}", **fields)
        if answer.status < 300:
            self._keep(answer.json["book_request"])
        elif answer.status == 403 and actor is self.cast.changing:
            # An admin no more. The role is judged before the key is: what an attempt before this did is not told again.
            self.unsure[request["id"]] += 1
        else:
            assert answer.status == 409, (actor.name, action, answer)

    def _keep(self, request):
        with self.changed:
            version = (request["id"], request["version"])
            assert version not in self.done, f"answered twice: {version}"
            self.done.add(version)
            if self.known.get(request["id"], request)["version"] <= request["version"]:
                self.known[request["id"]] = request

    def surely(self, chance, person, path, **fields):
        """POSTs until there is an answer, with one key: what a careful client does that is told 502 or 503."""
        content_type, body = encode(fields, "form")
        headers = {"Content-Type": content_type, "Idempotency-Key": unique("key")}
        end = time.monotonic() + SECONDS
        while True:
            try:
                answer = chance.choice(person.clients).raw("POST", path, headers, body)
            except (OSError, http.client.HTTPException) as failure:
                raise AssertionError(f"{path}: no answer at all: {failure!r}") from failure
            if answer.status < 500:
                return answer
            self.hiccups[answer.status] += 1
            assert answer.status in self.tolerated, answer
            assert answer.status != 503 or answer.headers.get("Retry-After"), answer
            assert time.monotonic() < end, f"{path}: still {answer} after {SECONDS} s"
            time.sleep(chance.uniform(0.02, 0.2))  # the client's own patience

    def _change_team(self):
        """The one who joins and leaves: what the new segment is, only the database knows."""
        person, creator = self.cast.changing, self.cast.creator.id
        join = self.segments[person][-1].audience != 0
        tenant = self.cast.tenant

        def attempt():
            try:
                (tenant.join if join else tenant.leave)(person.user)
            except Exception:  # bookreqctl without its database: whether it was done is seen below
                if not self.tolerated:
                    raise
            segment, before = self.store.membership(creator, person.id)
            return segment.membership > self.segments[person][-1].membership and (segment, before)

        segment, before = eventually(attempt, "a team change", SECONDS)
        assert segment.membership == self.segments[person][-1].membership + 1
        self.segments[person][-1].until = before
        self.segments[person].append(segment)

    def _disturb(self, chance):
        """The watchers live, too."""
        follower = chance.choice(self.watch.followers)
        what = chance.choice(WATCHING)
        if what == "refresh":
            self.watch.call(follower.ask, chance.choice(["quota", "pending"]))
        elif what in ("cut", "close") and chance.random() < 0.3:
            self.watch.call(follower.cut)

    def acted(self, count):
        """Waits until so many more actions were done."""
        with self.changed:
            target = self.count + count
            self.changed.wait_for(lambda: self.failure or self.count >= target, SECONDS)
            if self.failure:
                raise self.failure
            assert self.count >= target, f"{self.count - target + count} of {count} actions within {SECONDS} s"

    def strike(self, fault):
        """Does it, and counts."""
        self.tolerated |= fault.tolerated
        count = fault.strike(self)
        assert count > 0, f"{fault.name} struck nothing"
        self.struck[fault.name] += count

    # Judging

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join(2 * SECONDS)
            assert not thread.is_alive(), "an action hangs"
        if self.failure:
            raise self.failure

    def judge(self):
        events = self.judge_events()
        self._nothing_invented(events)
        assert set(self.hiccups) <= self.tolerated, self.hiccups
        self.nodes[0].ctl("doctor")

    def judge_events(self):
        """Waits until everybody has all that is in the database, and looks at how it came there; the events."""
        creator = self.cast.creator.id
        epoch, events = self.store.epoch(), self.store.events(creator)
        streams = {person: Stream(epoch, person.id, self.segments[person], events) for person in self.cast.everybody}

        def whole(follower):
            stream = streams[follower.person]
            return follower.wire is not None and (not stream.frames or stream.after(follower.cursor) == len(stream.frames))

        try:
            self.watch.wait(whole, "all events have come", WHOLE_SECONDS)
        except AssertionError:
            self._verdicts(streams)  # says more about it
            raise
        self.watch.online()
        self.watch.flush()
        self._verdicts(streams)
        return events

    def _verdicts(self, streams):
        for follower in self.watch.followers:
            Verdict(follower, streams[follower.person])

    def _nothing_invented(self, events):
        """The admins were told of each answered change, and of nothing else."""
        told = [json.loads(frame) for _, _, frame in events[0]]
        told = [frame["book_request"] for frame in told if frame.get("type") == "book_request_update"]
        versions = [(request["id"], request["version"]) for request in told]
        assert len(versions) == len(set(versions))
        assert self.done <= set(versions), f"only answered: {self.done - set(versions)}"
        only_told = Counter(request for request, _ in set(versions) - self.done)
        assert not only_told - self.unsure, f"only told: {set(versions) - self.done}, unsure: {self.unsure}"
