"""The private stack that is measured, its people, and what its processes use."""

import os
import re
import shlex
import time
from pathlib import Path
from statistics import median

import psycopg2

from support.processes import processes_of
from support.stack import Stack

WORKERS = "8"
CREATORS = 50  # of ordinary ones, so that no row is everybody's
USERS = 20  # of each
HALL_ADMINS = 5  # of the one creator with many admins' sockets
SHELF_REQUESTS = 200000  # of the creator with many requests
ALLOWANCE = 100000

# Ids are given in order: each creator's users follow him. A token's secret is its user's id, so that pgbench and wrk need no list.
PEOPLE = """
DO $$
DECLARE
	v_creator bigint;
BEGIN
	FOR c IN 1..%(creators)s LOOP
		v_creator := (bookreq_ctl.creator_add('creator ' || c, 'creator' || c || '@example.org', NULL)).body::json ->> 'id';
		PERFORM bookreq_ctl.tier_set(v_creator::text, 'Tier', %(allowance)s, 10);
		PERFORM bookreq_ctl.user_add(format('user %%s of %%s', u, c), v_creator::text, 'Tier', NULL, NULL) FROM generate_series(1, %(users)s) u;
	END LOOP;
	v_creator := (bookreq_ctl.creator_add('hall', 'hall@example.org', NULL)).body::json ->> 'id';
	PERFORM bookreq_ctl.tier_set(v_creator::text, 'Tier', %(allowance)s, 10);
	FOR u IN 1..%(hall)s LOOP
		PERFORM bookreq_ctl.user_add('hall user ' || u, v_creator::text, 'Tier', NULL, NULL);
		IF u < %(hall)s THEN
			PERFORM bookreq_ctl.team_add(v_creator::text, 'hall user ' || u);
		END IF;
	END LOOP;
	FOR c IN 1..2 LOOP
		v_creator := (bookreq_ctl.creator_add('shelf ' || c, 'shelf' || c || '@example.org', NULL)).body::json ->> 'id';
		PERFORM bookreq_ctl.user_add(format('reader %%s of %%s', u, (ARRAY['many', 'few'])[c]), v_creator::text, NULL, NULL, NULL)
		FROM generate_series(1, 2) u;
	END LOOP;
END $$;
INSERT INTO bookreq.sessions (creator_id, token_hash, user_id, kind, expires_at)
SELECT creator_id, sha256((creator_id || '.' || lpad(id::text, 42, '0') || 'A')::bytea), id, 'token', now() + '1 day'
FROM bookreq.users;
"""


# One creator with 200,000 requests, one with 50; of each one user with 1,000 and 50. Nobody was told of any of them.
SHELVES = """
SET session_replication_role = replica;  -- foreign keys are not checked row by row
INSERT INTO bookreq.quota_usage (creator_id, user_id, month_year, used)
	SELECT creator_id, id, '2025-01', 0 FROM bookreq.users WHERE username LIKE 'reader %%';
INSERT INTO bookreq.book_requests (creator_id, user_id, title, author, created_at, updated_at, month_year, duplicate_key, search_text)
	SELECT u.creator_id, u.id, 'Book ' || n, 'Author', now(), now(), '2025-01', md5(n::text)::uuid, 'book ' || n || E'\nauthor\n' || u.username
	FROM bookreq.users u, (VALUES ('reader 1 of many', 1000), ('reader 2 of many', %(many)s - 1000), ('reader 1 of few', 50)) s (name, size),
		generate_series(1, s.size) n
	WHERE u.username = s.name;
UPDATE bookreq.audiences a SET pending_count = (SELECT count(*) FROM bookreq.book_requests WHERE creator_id = a.creator_id)
	WHERE user_id = 0 AND creator_id IN (SELECT creator_id FROM bookreq.users WHERE username LIKE 'reader %%');
SET session_replication_role = origin;
"""

# A table that has been in use for long: for each of the ordinary users as many.
MILLION = """
SET session_replication_role = replica;
INSERT INTO bookreq.quota_usage (creator_id, user_id, month_year, used)
	SELECT creator_id, id, '2025-01', 0 FROM bookreq.users WHERE username LIKE 'user %%';
INSERT INTO bookreq.book_requests (creator_id, user_id, title, author, created_at, updated_at, month_year, duplicate_key, search_text)
	SELECT u.creator_id, u.id, 'Book ' || n, 'Author', now(), now(), '2025-01', md5(u.id || ' ' || n)::uuid, 'book ' || n || E'\nauthor\n' || u.username
	FROM bookreq.users u, generate_series(1, 1000000 / %(users)s) n
	WHERE u.username LIKE 'user %%';
SET session_replication_role = origin;
"""


class Person:
    def __init__(self, creator, user, admin):
        self.creator, self.user, self.admin = creator, user, admin
        self.token = f"{creator}.{user:042d}A"

    def line(self):
        return f"{self.creator} {self.user} {'admin' if self.admin else 'user'} {self.token}\n"


class Stage(Stack):
    def __init__(self):
        super().__init__(BOOKREQ_MAX_SOCKETS_PER_USER="100000")
        self.environment["BOOKREQ_WORKERS"] = os.environ.get("BOOKREQ_WORKERS", WORKERS)
        self.creators, self.users, self.hall_admins, self.hall_user = [], [], [], None
        self.shelves = []  # creator and first reader, of many requests and of few

    def database(self):
        """A connection as the owner of the schemas, the way bookreqctl makes it."""
        with open(self.var / "run" / "stack.env", encoding="utf-8") as settings:
            (url,) = (shlex.split(line)[1].partition("=")[2] for line in settings if line.startswith("export BOOKREQ_DATABASE_URL="))
        connection = psycopg2.connect(url)
        connection.autocommit = True
        return connection

    def add_people(self):
        with self.database() as connection, connection.cursor() as cursor:
            cursor.execute(PEOPLE, {"creators": CREATORS, "users": USERS, "hall": HALL_ADMINS, "allowance": ALLOWANCE})
            cursor.execute("SELECT creator_id, id, is_creator OR is_team FROM bookreq.users ORDER BY id")
            people = [Person(*row) for row in cursor]
        ordinary, rest = people[: CREATORS * (USERS + 1)], people[CREATORS * (USERS + 1) :]
        hall, shelves = rest[: HALL_ADMINS + 1], rest[HALL_ADMINS + 1 :]
        self.shelves = [shelves[0:2], shelves[3:5]]
        self.creators = [person for person in ordinary if person.admin]
        self.users = [person for person in ordinary if not person.admin]
        self.hall_admins, (self.hall_user,) = hall[:-1], hall[-1:]
        assert [person.user for person in people] == list(range(people[0].user, people[0].user + len(people)))
        assert [person.user for person in self.creators] == [people[0].user + i * (USERS + 1) for i in range(CREATORS)]
        self.fill(SHELVES)

    def _superuser(self):
        connection = self.database()
        place = {"host": connection.info.host, "dbname": connection.info.dbname, "user": "postgres"}
        connection.close()
        return psycopg2.connect(**place)

    def fill(self, statements):
        """Rows without end, not as a client would: as the only user who may."""
        with self._superuser() as connection, connection.cursor() as cursor:
            cursor.execute(statements, {"many": SHELF_REQUESTS, "users": CREATORS * USERS})
        connection.close()
        self.vacuum()
        self.checkpoint()

    def vacuum(self):
        """What autovacuum would otherwise do some time later, in the middle of a measurement."""
        connection = self.database()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        connection.close()

    def checkpoint(self):
        """What is written of many new rows is not charged to whatever is measured next."""
        connection = self._superuser()
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")
        connection.close()

    def cpu(self):
        """Nanoseconds on a CPU of each of the stack's processes, by (program, pid)."""
        used = {}
        for process in processes_of(self.var):
            try:
                tasks = list(Path(f"/proc/{process.pid}/task").iterdir())
                used[process.name, process.pid] = sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)
            except (FileNotFoundError, ProcessLookupError):
                pass  # it ended while we looked
        return used

    def memory(self):
        """KiB of each of the stack's programs: all processes together, what they share among each other divided; and the bridges' private ones."""
        pss, private = {}, []
        for process in processes_of(self.var):
            try:
                rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            fields = {line.split(":")[0]: int(line.split()[1]) for line in rollup.splitlines()[1:]}
            pss[process.name] = pss.get(process.name, 0) + fields["Pss"]
            if process.name == "bookreq-ws":
                private.append(fields["Private_Clean"] + fields["Private_Dirty"])
        return pss, private


def cpu_between(before, after):
    """Nanoseconds by program."""
    total = {}
    for (name, pid), used in after.items():
        total[name] = total.get(name, 0) + used - before.get((name, pid), 0)
    return total


MEMINFO = ("MemAvailable", "KernelStack", "PageTables", "Slab")


def pages_at_processors_kib():
    """Free pages that each processor keeps at hand, which the kernel counts neither as free nor as available."""
    zones = Path("/proc/zoneinfo").read_text(encoding="ascii")
    return sum(int(pages) for pages in re.findall(r"^ +count: +([0-9]+)$", zones, re.MULTILINE)) * os.sysconf("SC_PAGESIZE") // 1024


def machine_kib(seconds):
    """The medians of these figures of /proc/meminfo over that time: others' processes come and go. What is available is all of it."""
    samples = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with open("/proc/meminfo", encoding="ascii") as meminfo:
            fields = dict(line.split(":") for line in meminfo)
        fields["MemAvailable"] = f"{int(fields['MemAvailable'].split()[0]) + pages_at_processors_kib()} kB"
        samples.append([int(fields[name].split()[0]) for name in MEMINFO])
        time.sleep(0.1)
    return {name: median(values) for name, values in zip(MEMINFO, zip(*samples))}
