"""A WebSocket client that keeps what it saw: frames reassembled, `ping` and heartbeats aside, every wait with a deadline."""

import json
import time
from urllib.parse import urlencode

import websocket

from support.checks import NOTIFICATION_KEYS, check_quota, check_request, is_id, is_timestamp
from support.openapi import description
from support.parallel import DEADLINE

PATH = "/api/book-requests/ws"
FRAME_KEYS = {
    "book_request_update": {"type", "book_request", "action", "timestamp", "cursor"},
    "quota_update": {"type", "quota", "cursor"},
    "pending_count_update": {"type", "pending_count", "cursor"},
    "notification": {"type", "notification", "unread_count", "cursor"},
}
ENDED = (websocket.WebSocketConnectionClosedException, ConnectionResetError, BrokenPipeError)


class Closed(Exception):
    """The server ended the connection where a frame was expected."""


class Refused(Exception):
    """The handshake was answered with another status than 101."""

    def __init__(self, status):
        super().__init__(f"HTTP {status}")
        self.status = status


def check_frame(frame):
    assert set(frame) == FRAME_KEYS[frame["type"]], frame
    assert isinstance(frame["cursor"], str) and frame["cursor"], frame
    if frame["type"] == "book_request_update":
        check_request(frame["book_request"])
        assert is_timestamp(frame["timestamp"]), frame
        assert frame["action"] in ("created", "status_changed", "accepted", "reply_added"), frame
    elif frame["type"] == "quota_update":
        check_quota(frame["quota"])
    elif frame["type"] == "notification":
        note = frame["notification"]
        assert set(note) == NOTIFICATION_KEYS and is_id(note["id"]) and is_timestamp(note["created_at"]) and note["message"], frame
        assert note["read_at"] is None and type(frame["unread_count"]) is int, frame


class Socket:
    """A handshake with any credentials. Raises Refused."""

    def __init__(self, stack, headers=None, origin=None, seconds=DEADLINE, sockopt=(), **query):
        self.seconds = seconds
        try:
            self.connection = websocket.create_connection(
                f"ws://{stack.host}:{stack.port}{PATH}" + ("?" + urlencode(query) if query else ""),
                timeout=seconds,
                header=headers or {},
                origin=origin,
                suppress_origin=origin is None,
                sockopt=sockopt,
                skip_utf8_validation=True,  # recv() decodes strictly; its own check is Python, byte by byte
            )
        except websocket.WebSocketBadStatusException as refusal:
            raise Refused(refusal.status_code) from None

    def send(self, message):
        self.connection.send(message if isinstance(message, str) else json.dumps(message))

    def text(self, end=None):
        """The next message that is no `ping`, as text, before the monotonic time `end`. Raises Closed."""
        end = end or time.monotonic() + self.seconds
        while True:
            assert time.monotonic() < end, f"no frame within {self.seconds} s"
            self.connection.settimeout(max(0.01, end - time.monotonic()))
            try:
                message = self.connection.recv()
            except websocket.WebSocketTimeoutException:
                raise AssertionError(f"no frame within {self.seconds} s") from None
            except ENDED:
                raise Closed from None
            if self.connection.connected is False or message == "":
                raise Closed
            if message != "ping":
                return message

    def frame(self):
        """The next frame that is no heartbeat; the answer to a ping as the text "pong"."""
        end = time.monotonic() + self.seconds
        while True:
            text = self.text(end)
            if text == "pong":
                return text
            frame = json.loads(text)
            description().check_frame(frame)
            if frame["type"] != "heartbeat":
                return frame

    def ended(self, code):
        """Waits for the `error` frame with this code, and the end after it; the frame."""
        last = None
        try:
            while True:
                last = self.frame()
        except Closed:
            pass
        assert last is not None and last["type"] == "error", last
        assert set(last) == {"type", "code", "message", "retry_ms"} and last["message"], last
        assert last["code"] == code, last
        return last

    def close(self):
        self.connection.close(timeout=1)

    def drop(self):
        """Ends the connection without a close frame, as a lost network does."""
        self.connection.shutdown()


class Live(Socket):
    """A user's socket that is up: the first two frames are read and checked."""

    def __init__(self, user, cursor=None, **options):
        query = {"user_id": user.id} if cursor is None else {"user_id": user.id, "cursor": cursor}
        super().__init__(user.stack, {"Authorization": f"Bearer {user.token}"}, **options, **query)
        self.user = user
        connected = self.frame()
        assert connected == {"type": "connected", "message": "Connected to book requests live updates"}, connected
        self.initial = self.frame()
        assert set(self.initial) == {"type", "quota", "pending_count", "unread_count", "cursor", "recovered"}, self.initial
        assert self.initial["type"] == "initial_data" and type(self.initial["recovered"]) is bool, self.initial
        check_quota(self.initial["quota"])
        self.cursor = self.initial["cursor"]

    def event(self):
        """The next frame that has a place in the stream; moves the cursor on."""
        frame = self.frame()
        assert frame != "pong" and frame["type"] in FRAME_KEYS, frame
        check_frame(frame)
        self.cursor = frame["cursor"]
        return frame

    def events(self, count):
        return [self.event() for _ in range(count)]

    def until(self, last):
        """All events up to and including the first for which last(event) holds."""
        seen = [self.event()]
        while not last(seen[-1]):
            seen.append(self.event())
        return seen

    def refresh(self, what):
        """Asks for the `quota` or `pending` number; its frame, which must be the next."""
        self.send({"type": f"refresh_{what}"})
        return self.frame()

    def quiet(self):
        """Asserts that nothing had been written to this socket before now."""
        self.send("ping")
        frame = self.frame()
        assert frame == "pong", frame


def update_of(request, action=None):
    """A condition for until(): the update that carries this version of a request."""

    def holds(frame):
        return (
            frame["type"] == "book_request_update"
            and (frame["book_request"]["id"], frame["book_request"]["version"]) == (request["id"], request["version"])
            and action in (None, frame["action"])
        )

    return holds


def summary(frame):
    """What a frame says, without what only the server knows."""
    kind = frame["type"]
    if kind == "book_request_update":
        return kind, frame["action"], frame["book_request"]["id"], frame["book_request"]["version"]
    if kind == "quota_update":
        return kind, frame["quota"]["requests_used"]
    if kind == "pending_count_update":
        return kind, frame["pending_count"]
    return kind, frame["notification"]["kind"], frame["notification"]["book_request_id"], frame["unread_count"]
