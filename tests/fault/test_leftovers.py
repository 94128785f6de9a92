"""After two thousand connections that end in every way, the stack has what it had before: no process, descriptor or Redis client more."""

import asyncio
import itertools
import os
from collections import Counter

import pytest
import redis

from support.parallel import eventually
from support.people import Tenant
from support.processes import processes_of
from wire import Ended, Refused, Wire, dial, handshake

CONNECTIONS = 2000
AT_A_TIME = 16
WARM_UP = 64
FIRST_FRAMES = 2
HELD = 20  # sockets of one user: SPEC's max_sockets_per_user


@pytest.fixture(scope="module")
def stack(start_stack, fault_settings):
    settings = {**fault_settings, "BOOKREQ_MAX_SOCKETS_PER_USER": str(HELD)}
    with start_stack(**settings) as stack:
        yield stack


@pytest.fixture(scope="module")
def ann(stack):
    return Tenant(stack).subscriber()


def credentials(user):
    return {"Authorization": f"Bearer {user.token}"}


async def opened(user, frames=FIRST_FRAMES):
    wire = await Wire.open(user.stack, credentials(user), user_id=user.id)
    for _ in range(frames):
        await wire.message()
    return wire


async def closed(user):
    await (await opened(user)).close()


async def cut(user):
    (await opened(user)).cut()


async def cut_before_a_frame(user):
    (await opened(user, 0)).cut()


async def half_open(user):
    """The client's side is closed, the server's not."""
    await (await opened(user)).half_close()


async def cut_while_it_asks(user):
    wire = await opened(user)
    for _ in range(10):
        wire.send('{"type":"refresh_quota"}')
    wire.cut()


async def thrown_out(user):
    """By a frame that is too large."""
    wire = await opened(user)
    wire.send("x" * 5000)
    await wire.end()


async def half_a_handshake(user):
    reader, writer = await dial(user.stack)
    writer.write(handshake(user.stack, credentials(user), user_id=user.id)[:100])
    await writer.drain()
    writer.transport.abort()


async def gone_after_the_handshake(user):
    reader, writer = await dial(user.stack)
    writer.write(handshake(user.stack, credentials(user), user_id=user.id))
    await writer.drain()
    writer.transport.abort()


def refused(status, headers, user_id):
    async def attempt(user):
        try:
            wire = await Wire.open(user.stack, headers(user), user_id=user_id(user))
        except Refused as refusal:
            assert refusal.status == status, refusal
        else:
            wire.cut()
            raise AssertionError("not refused")

    return attempt


KINDS = [
    closed,
    cut,
    cut_before_a_frame,
    half_open,
    cut_while_it_asks,
    thrown_out,
    half_a_handshake,
    gone_after_the_handshake,
    refused(401, lambda user: {}, lambda user: user.id),
    refused(401, lambda user: {"Authorization": "Bearer 1.nonsense"}, lambda user: user.id),
    refused(403, credentials, lambda user: user.id + 1),
    refused(403, lambda user: {**credentials(user), "Origin": "http://elsewhere.example"}, lambda user: user.id),
]


async def connect(user, count):
    """`count` connections of all kinds in turn, some at a time."""
    kinds = itertools.islice(itertools.cycle(KINDS), count)

    async def work():
        for kind in kinds:
            try:
                await asyncio.wait_for(kind(user), 60)
            except Ended:
                pass  # one too many at this moment: it was told so, and closed

    await asyncio.gather(*(work() for _ in range(AT_A_TIME)))


def descriptors(process):
    try:
        return len(os.listdir(f"/proc/{process.pid}/fd"))
    except FileNotFoundError:
        return 0


def inventory(stack):
    """How many processes of each name, how many descriptors these hold, and the clients of Redis but for the one who asks."""
    running = processes_of(stack.var)
    with redis.Redis(unix_socket_path=str(stack.unix_socket("redis.sock"))) as client:
        clients = len(client.client_list()) - 1
    held = Counter()
    for process in running:
        if process.name != "postgres":  # opens files as it pleases
            held[process.name] += descriptors(process)
    return {"processes": Counter(process.name for process in running if process.name != "postgres"), "descriptors": held, "Redis clients": clients}


def fewer_or_same(now, before):
    return (
        all(now[what].get(name, 0) <= before[what].get(name, 0) for what in ("processes", "descriptors") for name in now[what])
        and now["Redis clients"] <= before["Redis clients"]
    )


def test_nothing_is_left_over(stack, ann):
    asyncio.run(connect(ann, WARM_UP))  # so that every worker has its connections
    ann.create()
    eventually(lambda: not stack.processes("bookreq-ws"), "no bridge is left of the warming up")
    before = inventory(stack)
    asyncio.run(connect(ann, CONNECTIONS))
    try:
        eventually(lambda: fewer_or_same(inventory(stack), before), "all is as it was")
    except AssertionError:
        raise AssertionError(f"before {before}, after {inventory(stack)}") from None
    assert ann.api.get("/readyz").status == 200


def test_bridges_end_with_websocketd(stack, ann):
    """And with the client's place in Redis."""

    async def hold():
        return [await opened(ann) for _ in range(HELD)]

    async def kill():
        wires = await hold()
        assert len(stack.processes("bookreq-ws")) == HELD
        for process in stack.processes("websocketd"):
            process.kill()
        await asyncio.gather(*(wire.end() for wire in wires))

    asyncio.run(kill())
    eventually(lambda: not stack.processes("bookreq-ws"), "the bridges have ended")
    eventually(lambda: asyncio.run(again(ann)), "all places are free")


async def again(user):
    """Whether as many as are allowed can connect."""
    wires = []
    try:
        for _ in range(HELD):
            wires.append(await opened(user))
    except (Ended, Refused):
        return False
    finally:
        for wire in wires:
            wire.cut()
    return True
