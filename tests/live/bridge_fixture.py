"""bookreq-ws without the rest of the stack: an application of a few lines that speaks the bridges' protocol, Redis, and the bridge on pipes
or under websocketd."""

import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections import deque
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import redis
import websocket
from support.parallel import DEADLINE, eventually

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BOOKREQ_BUILD") or ROOT / ("build-san" if os.environ.get("BOOKREQ_SANITIZE") == "1" else "build"))
CREATOR, USER = 3, 7
OWN, ADMINS = f"{{{CREATOR}}}:user:{USER}", f"{{{CREATOR}}}:admins"
PAGE = 5  # frames of the application's pages


class Application:
    """What the bridges' pool answers, for one user: two audiences of events, a membership in one of them."""

    def __init__(self, path):
        self.epoch, self.audiences = "ab", {USER: [], 0: []}  # events: (to, frame)
        self.memberships = [(USER, 0, None)]  # audience, positions where it begins and ends
        self.asked = deque(maxlen=1000)  # (path, query, params)
        self.refusal = None  # (status, line) instead of an answer
        self.silent = False
        self.terms = "2025-11/5/10"
        self.path = str(path)
        self.listener = None
        self.start()

    def start(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(100)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def stop(self):
        if self.listener is not None:
            os.unlink(self.path)
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None

    def accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            params = self.read_params(connection)
            url = urlsplit(params["REQUEST_URI"])
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            self.asked.append((url.path, query, params))
            if self.silent:
                connection.recv(1)  # until the bridge has enough
                return
            status, body = self.refusal or (200, self.answer(url.path, query))
            content = f"Status: {status} x\r\nContent-Type: text/plain\r\n\r\n{body}".encode()
            try:
                for at in range(0, len(content), 60000):
                    connection.sendall(self.record(6, content[at : at + 60000]))
                connection.sendall(self.record(6, b"") + self.record(3, bytes(8)))
            except BrokenPipeError:
                pass  # the bridge has ended

    @staticmethod
    def record(kind, content):
        return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content

    @staticmethod
    def read_params(connection):
        stream, data, kind = connection.makefile("rb"), b"", None
        while kind != 5:
            _, kind, _, length, padding, _ = struct.unpack(">BBHHBB", stream.read(8))
            content = stream.read(length + padding)[:length]
            data += content if kind == 4 else b""
        params = {}
        while data:
            lengths = []
            for _ in range(2):
                width = 4 if data[0] & 0x80 else 1
                lengths.append(int.from_bytes(data[:width], "big") & 0x7FFFFFFF)
                data = data[width:]
            name, value, data = data[: lengths[0]], data[lengths[0] : sum(lengths)], data[sum(lengths) :]
            params[name.decode()] = value.decode()
        return params

    @property
    def membership(self):
        return len(self.memberships)

    def cursor(self, membership, position):
        return f"{self.epoch}-{USER}-{membership}-{position}"

    def answer(self, path, query):
        if path == "/bridge/refresh":
            cursor = "-" if query["what"] == "state" else "="
            return f"bookreq-bridge 1\nframe {cursor} " + json.dumps({"type": f"{query['what']}_answer"}) + "\n"
        membership, frames = self.membership, []
        position = len(self.audiences[self.memberships[-1][0]])
        if "cursor" in query:
            membership, position = (int(part) for part in query["cursor"].split("-")[2:])
        first = "frame - " + json.dumps({"type": "connected"}) + "\nframe - " + json.dumps(
            {"type": "initial_data", "cursor": self.cursor(membership, position)}
        )
        while True:
            audience, _, end = self.memberships[membership - 1]
            events = self.audiences[audience]
            end = len(events) if end is None else end
            while position < end and len(frames) < PAGE:
                to, frame = events[position]
                position += 1
                if to in (0, USER):
                    frames.append(f"frame {self.cursor(membership, position)} {frame}")
            if position < end or membership == self.membership:
                break
            membership += 1
            position = self.memberships[membership - 1][1]
        head = f"bookreq-bridge 1\nstream {self.epoch}-{USER}-{membership}\naudience {audience}\nuser {USER}\nposition {position}\nlast {end}\nterms {self.terms}\n"
        channels = [OWN] + ([ADMINS] if self.memberships[-1][0] == 0 else [])
        lines = [f"channel {name}" for name in channels] + ([first] if path == "/bridge/open" else []) + frames
        return head + "\n".join(lines) + "\n"

    def move(self):
        """The user joins the team, or leaves it."""
        audience, begin, _ = self.memberships[-1]
        self.memberships[-1] = (audience, begin, len(self.audiences[audience]))
        other = 0 if audience else USER
        self.memberships.append((other, len(self.audiences[other]), None))

    def refuse(self, status, code, retry_ms=None):
        self.refusal = (status, json.dumps({"type": "error", "code": code, "message": "No.", "retry_ms": retry_ms}, separators=(",", ":")) + "\n")

    def count(self, path):
        return sum(asked[0] == path for asked in self.asked)

    def asked_again(self, path, reason=lambda: None):
        """Calls reason() and waits for a question of this kind that was asked since."""
        before = self.count(path)
        reason()
        eventually(lambda: self.count(path) > before, f"no question {path}")


class Ended(Exception):
    """The bridge closed the connection."""


class Frames:
    """What a client gets, whatever carries it."""

    def text(self):
        raise NotImplementedError

    def frame(self):
        text = self.text()
        return text if text in ("ping", "pong") else json.loads(text)

    def opened(self):
        assert self.frame()["type"] == "connected"
        initial = self.frame()
        assert initial["type"] == "initial_data", initial
        return initial

    def numbers(self, count):
        """The `n` of the next events."""
        return [self.frame()["n"] for _ in range(count)]

    def ended(self, code):
        """The error frame with this code, and nothing after it."""
        frame = self.frame()
        assert frame["type"] == "error" and frame["code"] == code, frame
        try:
            raise AssertionError(self.text())
        except Ended:
            return frame


class Pipes(Frames):
    """A bridge whose standard input and output are pipes of ours."""

    def __init__(self, environment):
        self.process = subprocess.Popen([BUILD / "bookreq-ws"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.data = b""

    def text(self):
        end = time.monotonic() + DEADLINE
        while b"\n" not in self.data:
            ready = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]
            assert ready, f"no frame within {DEADLINE} s"
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                assert not self.data, "the last line is cut"
                raise Ended
            self.data += piece
        line, _, self.data = self.data.partition(b"\n")
        return line.decode()

    def send(self, text):
        self.process.stdin.write(text.encode() + b"\n")

    def leave(self):
        """The client goes away: so does the bridge, without a complaint."""
        self.process.stdin.close()
        assert self.process.wait(DEADLINE) == 0

    def close(self):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Socket(Frames):
    """A bridge under websocketd."""

    def __init__(self, port, query, headers):
        self.connection = websocket.create_connection(f"ws://127.0.0.1:{port}/ws?{query}", timeout=DEADLINE, header=headers)

    def text(self):
        try:
            message = self.connection.recv()
        except (websocket.WebSocketConnectionClosedException, ConnectionResetError):
            raise Ended from None
        if message == "":
            raise Ended
        return message

    def send(self, text):
        self.connection.send(text)

    def close(self):
        self.connection.close(timeout=1)


class Rig:
    """A directory with an application, a Redis and any number of bridges."""

    def __init__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="bridge."))
        self.application = Application(self.directory / "app.sock")
        self.redis_process = self.redis = None
        self.bridges, self.websocketds = [], []
        self.start_redis()

    def start_redis(self):
        path = self.directory / "redis.sock"
        self.redis_process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--dir", self.directory, "--daemonize", "no"], stdout=subprocess.DEVNULL
        )
        self.redis = redis.Redis(unix_socket_path=str(path))

        def answers():
            try:
                return self.redis.ping()
            except redis.ConnectionError:
                return False

        eventually(answers, "Redis does not start")

    def stop_redis(self):
        self.redis_process.kill()
        self.redis_process.wait()

    def environment(self, settings, hint, query):
        variables = {
            "BOOKREQ_BRIDGE_SOCKET": self.application.path,
            "BOOKREQ_REDIS_URL": f"unix://{self.directory}/redis.sock",
            "BOOKREQ_REDIS_PREFIX": "test",
            "BOOKREQ_CONFIG": "/dev/null",
            "BOOKREQ_HEARTBEAT_SECONDS": "3600",
            "PATH": os.environ["PATH"],
        }
        variables |= {f"BOOKREQ_{name.upper()}": str(value) for name, value in settings.items()}
        variables |= {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        variables |= {"QUERY_STRING": query, "HTTP_COOKIE": "bookreq_session=secret", "REMOTE_ADDR": "192.0.2.1"}
        return variables | ({"HTTP_X_BOOKREQ_CHANNELS": hint} if hint is not None else {})

    def bridge(self, hint=OWN, query=f"user_id={USER}", **settings):
        """A bridge on pipes. `hint` is what the handshake check would have said."""
        self.bridges.append(Pipes(self.environment(settings, hint, query)))
        return self.bridges[-1]

    def live(self, **options):
        bridge = self.bridge(**options)
        bridge.opened()
        return bridge

    def websocketd(self, **settings):
        """A websocketd that starts bridges; the port it listens on."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = self.environment(settings, None, "")
        passed = ",".join(name for name in environment if name.startswith("BOOKREQ_") or name.endswith("SAN_OPTIONS"))
        log = open(self.directory / "websocketd.log", "ab")
        command = ["websocketd", "--address=127.0.0.1", f"--port={port}", f"--passenv=PATH,{passed}", BUILD / "bookreq-ws"]
        self.websocketds.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        log.close()

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        eventually(listens, "websocketd does not start")
        return port

    def socket(self, port, query=f"user_id={USER}", hint=OWN):
        self.bridges.append(Socket(port, query, {"X-Bookreq-Channels": hint, "Cookie": "bookreq_session=secret"}))
        return self.bridges[-1]

    def commit(self, *numbers, audience=USER, to=0, publish=True, filler=""):
        """Events with these `n` in one commit."""
        frames = [json.dumps({"type": "test", "n": n} | ({"filler": filler} if filler else {}), separators=(",", ":")) for n in numbers]
        events = self.application.audiences[audience]
        first = len(events) + 1
        events += [(to, frame) for frame in frames]
        message = f"1 events {self.application.epoch} {audience} {first} {len(frames)}\n" + "".join(f"{to} {frame}\n" for frame in frames)
        if publish:
            self.publish(message, audience=audience)
        return message

    def publish(self, *messages, audience=USER):
        """In one go; how many bridges Redis gave the last one to."""
        pipe = self.redis.pipeline()
        for message in messages:
            pipe.publish(f"test:{OWN if audience else ADMINS}", message)
        return pipe.execute()[-1]

    def subscribers(self, channel=OWN):
        return self.redis.pubsub_numsub(f"test:{channel}")[0][1]

    def stop(self):
        try:
            for bridge in self.bridges:
                bridge.close()
        finally:
            for process in self.websocketds + [self.redis_process]:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
            self.application.stop()
            shutil.rmtree(self.directory)


@contextmanager
def running():
    rig = Rig()
    try:
        yield rig
    finally:
        rig.stop()
