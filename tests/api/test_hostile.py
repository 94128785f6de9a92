"""Damaged requests: whatever arrives, a refusal or an answer goes back, nothing fails and no worker ends."""

import random

import pytest

from support.checks import API
from support.http import Client, encode, own_address
from support.people import unique
from support.servers import passable

ROUNDS = 150
STRANGE = [b"\0", b"\xff", b"%", b"%00", b"&", b"=", b"\r\n", b"--b0undary", b"--", b'"', b"\\", b"\\u", b"{", b"}", b"[" * 50, b";", b"9" * 30, b"\xf0\x9f", b" " * 100]


def damage(random, data):
    """One to four random cuts, repetitions, flips and insertions."""
    for _ in range(random.randint(1, 4)):
        at = random.randint(0, len(data))
        until = random.randint(at, min(len(data), at + 40))
        data = random.choice(
            [
                lambda: data[:at],
                lambda: data[:at] + data[until:],
                lambda: data[:until] + data[at:],
                lambda: data[:at] + bytes(byte ^ 1 << random.randrange(8) for byte in data[at:until]) + data[until:],
                lambda: data[:at] + random.choice(STRANGE) + data[at:],
                lambda: data[:at] + random.choice(STRANGE) + data[until:],
            ]
        )()
    return data


@pytest.fixture
def same_workers(stack):
    before = {process.pid for process in stack.processes("bookreq.fcgi")}
    yield
    assert {process.pid for process in stack.processes("bookreq.fcgi")} == before


@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
def test_damaged_bodies(tenant, same_workers, encoding):
    dice = random.Random(f"bodies {encoding}")
    team = tenant.team_member()
    page = Client(team.stack, source=own_address(), headers={"Sec-Fetch-Site": "same-origin"})
    request = team.create()
    targets = [
        (team.api, API + "/", {"title": unique("Böök"), "author": "A", "link": "http://x.example/?a=b", "description": "d\n" * 20, "allow_duplicate": True}),
        (team.api, f"{API}/{request['id']}/respond", {"status": "approved", "response_message": "m \U0001f4da", "expected_version": 7}),
        (page, "/api/auth/login", {"username": "nobody", "password": "secret"}),
    ]
    for number in range(ROUNDS):
        client, path, fields = targets[number % 3]
        content_type, body = encode(fields, encoding)
        if dice.random() < 0.2:
            content_type = passable(damage(dice, content_type.encode())).strip() or None
        answer = client.send(path, content_type, damage(dice, body))
        assert answer.status in (200, 201, 400, 401, 403, 409, 413, 415, 422, 429), (answer, body)


def test_damaged_targets(tenant, same_workers):
    dice = random.Random("targets")
    api = tenant.team_member().api
    targets = [f"{API}/admin?status=pending&limit=5&q=%C3%A4&user_id=7&month_year=2025-11&before=9", f"{API}/quota/ledger?month_year=2025-11", f"{API}/1/respond", f"{API}/?limit=1"]
    for number in range(ROUNDS):
        target = damage(dice, dice.choice(targets).encode())
        target = "/api" + "".join(chr(byte) for byte in target if 32 < byte < 127).removeprefix("/api")
        answer = api.raw("GET", target)
        assert answer.status < 500, (target, answer)


@pytest.mark.parametrize("name", ["Cookie", "Authorization", "Origin", "Sec-Fetch-Site", "Idempotency-Key", "X-Request-Id", "Content-Type", "Host"])
def test_damaged_headers(tenant, same_workers, name):
    dice = random.Random(f"headers {name}")
    user = tenant.subscriber()
    good = {"Cookie": f"a=b; bookreq_session={user.token}", "Authorization": f"Bearer {user.token}", "Origin": user.stack.origin, "Sec-Fetch-Site": "same-origin", "Idempotency-Key": "k",
            "X-Request-Id": "r", "Content-Type": "application/json; charset=utf-8", "Host": f"127.0.0.1:{user.stack.port}"}[name]  # fmt: skip
    for _ in range(ROUNDS // 5):
        value = damage(dice, good.encode()).translate(None, b"\r\n\0")
        headers = {"Authorization": f"Bearer {user.token}", "Content-Type": "application/json", name: value}
        answer = Client(user.stack).raw("POST", API + "/", headers, b'{"title":"T","author":"A","allow_duplicate":true}')
        assert answer.status < 500, (value, answer)
