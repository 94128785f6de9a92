"""How long until all is whole again: after Redis was away, after the workers died, after everybody was cut off at once."""

import http.client
import json
import signal
import threading
import time

import websocket

from socket_figures import SOCKETS, Wsload, lines_of_people, opened

AWAY_SECONDS = 3  # of Redis: long enough for everybody to have noticed
LIVE_SECONDS = 0.1  # a frame that comes this soon came through Redis
PATIENCE = 30  # seconds, for each wait


class Watcher:
    """One person's socket, and that person's requests."""

    def __init__(self, stage, person):
        self.stage, self.person, self.count = stage, person, 0
        self.headers = {"Authorization": f"Bearer {person.token}"}
        url = f"ws://127.0.0.1:{stage.port}/api/book-requests/ws?user_id={person.user}"
        self.socket = websocket.create_connection(url, header=self.headers, suppress_origin=True, timeout=PATIENCE)
        while json.loads(self.socket.recv())["type"] != "initial_data":
            pass

    def post(self):
        """Asks for a book; its id, or None where the answer is no 201."""
        self.count += 1
        connection = http.client.HTTPConnection("127.0.0.1", self.stage.port, timeout=PATIENCE)
        body = json.dumps({"title": f"Recovery {time.monotonic_ns()}-{self.count}", "author": "A"})
        try:
            connection.request("POST", "/api/book-requests", body, {**self.headers, "Content-Type": "application/json"})
            answer = connection.getresponse()
            return json.loads(answer.read())["book_request"]["id"] if answer.status == 201 else None
        finally:
            connection.close()

    def see(self, request):
        """Waits for the frame of that request; the seconds it took."""
        began = time.monotonic()
        while True:
            message = self.socket.recv()
            if message.startswith("{") and json.loads(message).get("book_request", {}).get("id") == request:
                return time.monotonic() - began

    def whole(self, soon):
        """Posts until a request is taken and, with `soon`, its frame comes live."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            request = self.post()
            if request is not None and (self.see(request) < LIVE_SECONDS or not soon):
                return
        raise RuntimeError("not whole again")


def after_redis(stage, watcher):
    for process in stage.processes("redis-server"):
        process.kill(signal.SIGSTOP)
    try:
        time.sleep(AWAY_SECONDS)
    finally:
        for process in stage.processes("redis-server"):
            process.kill(signal.SIGCONT)
    began = time.monotonic()
    watcher.whole(soon=True)
    return time.monotonic() - began


def after_workers(stage, watcher):
    began = time.monotonic()
    for process in stage.processes("bookreq.fcgi"):
        process.kill()
    watcher.whole(soon=True)
    return time.monotonic() - began


class Reader(threading.Thread):
    """Asks for somebody's quota, one request after the other, and keeps how long each took."""

    def __init__(self, stage, person):
        super().__init__()
        self.port, self.headers = stage.port, {"Authorization": f"Bearer {person.token}"}
        self.seconds, self.faults, self.ending = [], 0, threading.Event()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        while not self.ending.is_set():
            began = time.monotonic()
            try:
                connection.request("GET", "/api/book-requests/quota", headers=self.headers)
                answer = connection.getresponse()
                answer.read()
                self.faults += answer.status != 200
            except (http.client.HTTPException, OSError):
                self.faults += 1
                connection.close()
            self.seconds.append(time.monotonic() - began)
        connection.close()

    def end(self):
        self.ending.set()
        self.join()
        return {"measured": 1000 * sorted(self.seconds)[len(self.seconds) * 99 // 100], "faults": self.faults, "detail": {"requests": len(self.seconds)}}


def after_storm(stage, program, directory):
    """A thousand sockets are cut off and come back all at once, as clients without any patience would; somebody else reads meanwhile."""
    people = directory / "people"
    people.write_text("".join(person.line() for person in lines_of_people(stage)[0]))
    with Wsload(program, stage.port, people) as load:
        opened(load.ask("open", SOCKETS, 100), SOCKETS)
    with Wsload(program, stage.port, people) as load:
        reader = Reader(stage, stage.users[0])
        reader.start()
        try:
            seconds = SOCKETS / opened(load.ask("open", SOCKETS, SOCKETS), SOCKETS)
        finally:
            rest = reader.end()
    return {"whole_storm": {"measured": seconds * 1000}, "storm_rest": rest}


def measure(stage, program, directory):
    watcher = Watcher(stage, stage.users[0])
    figures = {
        "whole_redis": {"measured": after_redis(stage, watcher) * 1000},
        "whole_workers": {"measured": after_workers(stage, watcher) * 1000},
    }
    watcher.socket.close()
    figures.update(after_storm(stage, program, directory))
    return figures
