"""Clients as the pages are: they come back with their cursor for as long as they are let, and keep all that they were told."""

import asyncio
import json
import re
import threading

from support.parallel import eventually
from wire import Ended, Refused, Wire

CURSOR = re.compile(r'"cursor":"([^"]*)"\}$')
BACK_SECONDS = (0.05, 0.4)


class Follower:
    """
    One page of one person. `entries` is its whole story: ("opened", the cursor sent, initial_data), ("asked_for", what), ("frame", cursor, text),
    ("error", code), ("refused", status).
    """

    def __init__(self, person, nodes, random, receive_bytes=None):
        self.person = person
        self.nodes = nodes
        self.random = random
        self.receive_bytes = receive_bytes
        self.entries = []
        self.cursor = None
        self.opened = 0
        self.pinged = None  # the connection that was asked last, by its number
        self.pongs = 0
        self.wire = None
        self.reading = asyncio.Event()
        self.reading.set()

    async def run(self):
        while True:
            try:
                await self._connect()
                while True:
                    await self.reading.wait()
                    self._take(await self.wire.message())
            except Refused as refusal:
                self.entries.append(("refused", refusal.status))
            except (Ended, OSError):
                pass
            finally:
                if self.wire is not None:
                    self.wire.cut()
                self.wire = None
            await asyncio.sleep(self.random.uniform(*BACK_SECONDS))

    async def _connect(self):
        query = {"user_id": self.person.id} if self.cursor is None else {"user_id": self.person.id, "cursor": self.cursor}
        headers = {"Authorization": f"Bearer {self.person.token}"}
        wire = await Wire.open(self.random.choice(self.nodes), headers, self.receive_bytes, **query)
        try:
            first = json.loads(await wire.message())
            if first["type"] == "error":
                self.entries.append(("error", first["code"]))
                raise Ended
            assert first["type"] == "connected", first
            initial = json.loads(await wire.message())
            assert initial["type"] == "initial_data", initial
        except BaseException:
            wire.cut()
            raise
        self.entries.append(("opened", self.cursor, initial))
        self.cursor = initial["cursor"]
        self.wire = wire
        self.opened += 1

    def _take(self, text):
        if text == "pong":
            self.pongs += 1
        elif text.startswith('{"type":"error"'):
            self.entries.append(("error", json.loads(text)["code"]))
        elif text != "ping":
            found = CURSOR.search(text)
            self.entries.append(("frame", found and found[1], text))
            if found:
                self.cursor = found[1]

    def ask(self, what):
        if self.wire is not None:
            self.entries.append(("asked_for", what))
            self.wire.send(json.dumps({"type": f"refresh_{what}"}))

    def ping(self):
        """Once on each connection."""
        if self.wire is not None and self.pinged != self.opened:
            self.pinged = self.opened
            self.wire.send("ping")

    def cut(self):
        if self.wire is not None:
            self.wire.cut()


class Watch:
    """The thread in which followers live. What is called from outside is done there."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.tasks = {}

    def call(self, function, *arguments):
        async def inside():
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(inside(), self.loop).result(60)

    def follow(self, followers):
        def start():
            for follower in followers:
                self.tasks[follower] = self.loop.create_task(follower.run())

        self.call(start)

    @property
    def followers(self):
        return list(self.tasks)

    def wait(self, holds, what, seconds=60, each_time=lambda: None):
        """Until holds(follower) for all of them. A follower that broke is the failure."""

        def all_hold():
            each_time()
            for follower, task in self.tasks.items():
                if task.done():
                    task.result()
                    raise AssertionError(f"{follower.person.name} stopped following")
            return all(holds(follower) for follower in self.tasks)

        try:
            eventually(all_hold, what, seconds)
        except AssertionError:
            waiting = [follower for follower in self.tasks if not holds(follower)]
            print(f"{len(waiting)} followers: {what}: not yet")
            for follower in waiting[:3]:
                print(f"{follower.person.name}: {'up' if follower.wire else 'down'}, at {follower.cursor}; last {str(follower.entries[-1:])[:300]}")
            raise

    def online(self):
        self.wait(lambda follower: follower.wire is not None, "everybody is connected")

    def flush(self):
        """Returns when each has got everything that was written to it before now, on a connection that is up."""
        before = {follower: follower.pongs for follower in self.tasks}

        def ping():
            for follower in self.tasks:
                if follower.pongs == before[follower]:
                    follower.ping()

        def answered(follower):
            return follower.pongs > before[follower]

        for follower in self.tasks:
            follower.pinged = None
        self.wait(answered, "a ping is answered", each_time=lambda: self.call(ping))

    def close(self):
        async def end():
            for task in self.tasks.values():
                task.cancel()
            await asyncio.gather(*self.tasks.values(), return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self.loop).result(60)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(60)
        self.loop.close()
