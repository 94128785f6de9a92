"""
What each socket must have shown: the event rows of its person's audiences, once each, in order (docs/design.md, "One audience, one gapless
sequence" and "A user's stream is a chain of memberships").
"""

import json
import re
from bisect import bisect_right
from dataclasses import dataclass

import psycopg2

from support.parallel import eventually

CURSOR = re.compile(r"([0-9a-f]{16})-([1-9]\d*)-([1-9]\d*)-(0|[1-9]\d*)")
MAY_BE_TOLD = {"going_away", "unavailable"}
NEVER_REFUSED = {400, 401, 403, 404, 429}


@dataclass
class Segment:
    """One membership: which audience its events are in, and which of them. `until` None: the present one."""

    membership: int
    audience: int
    after: int
    until: int = None


class Store:
    """The database behind the system under test, read past the application."""

    def __init__(self, node):
        self.directory = node.unix_socket(".s.PGSQL.5432").parent

    def connect(self):
        return psycopg2.connect(host=str(self.directory), user="postgres", dbname="bookreq")

    def ask(self, query, *values):
        def attempt():
            try:
                connection = self.connect()
            except psycopg2.OperationalError:
                return None  # just restarting
            try:
                with connection.cursor() as cursor:
                    cursor.execute(query, values)
                    return [cursor.fetchall()]
            except psycopg2.OperationalError:
                return None
            finally:
                connection.close()

        return eventually(attempt, "the database answers", 60)[0]

    def execute(self, *statements):
        """Each by itself, outside of a transaction."""
        connection = self.connect()
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()

    def epoch(self):
        return self.ask("SELECT epoch FROM bookreq.meta")[0][0]

    def membership(self, creator, user):
        """The present segment, and where the one before it ended."""
        ((number, admin, after, before),) = self.ask(
            "SELECT membership, is_creator OR is_team, feed_from, feed_prev_until FROM bookreq.users WHERE creator_id = %s AND id = %s", creator, user
        )
        return Segment(number, 0 if admin else user, after), before

    def events(self, creator):
        """{audience: [(seq, to_user, frame), …]} of one creator."""
        found = {}
        rows = self.ask("SELECT audience, seq, to_user, frame FROM bookreq.events WHERE creator_id = %s ORDER BY audience, seq", creator)
        for audience, *event in rows:
            found.setdefault(audience, []).append(tuple(event))
        return found


class Stream:
    """All that one person could be told, in order: positions (membership, seq) and the frames as they must arrive."""

    def __init__(self, epoch, user, segments, events):
        self.prefix = (epoch, str(user))
        self.positions, self.frames = [], []
        for segment in segments:
            for seq, to_user, frame in events.get(segment.audience, []):
                if seq > segment.after and (segment.until is None or seq <= segment.until) and to_user in (0, user):
                    self.positions.append((segment.membership, seq))
                    self.frames.append(f'{frame[:-1]},"cursor":"{epoch}-{user}-{segment.membership}-{seq}"}}')

    def after(self, cursor):
        """How many of the events a cursor has passed."""
        part = CURSOR.fullmatch(cursor)
        assert part and part.groups()[:2] == self.prefix, cursor
        return bisect_right(self.positions, (int(part[3]), int(part[4])))


def membership_of(cursor):
    return int(CURSOR.fullmatch(cursor)[3])


class Verdict:
    """Walks through a follower's story; fails at the first entry that must not be."""

    def __init__(self, follower, stream):
        self.stream = stream
        self.at = None
        self.asked = 0
        for number, (kind, *entry) in enumerate(follower.entries):
            try:
                getattr(self, kind)(*entry)
            except AssertionError as failure:
                around = "\n  ".join(str(e)[:300] for e in follower.entries[max(0, number - 4) : number + 3])
                wanted = "\n  ".join(text[:300] for text in stream.frames[self.at or 0 : (self.at or 0) + 3])
                raise AssertionError(f"{follower.person.name}, entry {number}: {failure}\n  {around}\nto come:\n  {wanted}") from None
        assert self.at == len(stream.frames), f"{follower.person.name} misses the last {len(stream.frames) - (self.at or 0)} events"

    def opened(self, sent, initial):
        if initial["recovered"]:
            assert sent == initial["cursor"], f"recovered, but not at {sent}"
            assert self.stream.after(sent) == self.at, f"goes on elsewhere, after {self.stream.after(sent)} instead of {self.at} events"
        else:
            assert sent is None or membership_of(initial["cursor"]) >= membership_of(sent) + 2, f"{sent} is not recovered"
            self.at = self.stream.after(initial["cursor"])
        self.asked = 0

    def frame(self, cursor, text):
        if self.at < len(self.stream.frames) and text == self.stream.frames[self.at]:
            self.at += 1
            return
        kind = json.loads(text)["type"]
        assert cursor is not None and self.stream.after(cursor) == self.at, f"out of order, twice, or not in the database: {text[:300]}"
        assert kind in ("heartbeat", "quota_update", "pending_count_update"), f"no event, no answer: {text[:300]}"
        if kind != "heartbeat":
            assert self.asked > 0, f"nobody asked for {text[:300]}"
            self.asked -= 1

    def asked_for(self, what):
        self.asked += 1

    def error(self, code):
        assert code in MAY_BE_TOLD, f"error {code}"

    def refused(self, status):
        assert status not in NEVER_REFUSED, f"handshake refused with {status}"
