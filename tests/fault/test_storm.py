"""Hundreds of sockets that come back at once: all are whole again, no request fails, and whoever is refused is told when to come back."""

import os
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from followers import Follower
from oracle import Store, Stream, Verdict
from play import Person
from strikes import kill
from support.people import Tenant

SOCKETS = int(os.environ.get("BOOKREQ_STORM", "500"))
USERS = 10
AT_A_TIME = 50
SECONDS = 240


@pytest.fixture
def crowd(stack, watch, seed):
    tenant = Tenant(stack, requests=100000)
    people = [Person(user, [stack]) for user in (tenant.team_member(), *(tenant.subscriber() for _ in range(USERS - 1)))]
    followers = [Follower(people[number % USERS], [stack], random.Random(f"{seed}/{number}")) for number in range(SOCKETS)]
    for first in range(0, SOCKETS, AT_A_TIME):
        watch.follow(followers[first : first + AT_A_TIME])
        watch.wait(lambda follower: follower.opened > 0, "the crowd is there", SECONDS)
    return people


def test_a_reconnect_storm(stack, watch, crowd):
    admin, *subscribers = crowd
    store = Store(stack)
    epoch, creator = store.epoch(), admin.user.creator.id
    segments = {person: [store.membership(creator, person.id)[0]] for person in crowd}
    times = {follower: follower.opened for follower in watch.followers}
    for person in subscribers:
        person.user.create()
    kill(stack.processes("websocketd"))
    with ThreadPoolExecutor(4) as pool:
        # none of these may fail
        made = [pool.submit(subscribers[number % len(subscribers)].user.create) for number in range(200)]
        for future in made:
            future.result()
        watch.wait(lambda follower: follower.opened > times[follower] and follower.wire is not None, "everybody is back", SECONDS)
    events = store.events(creator)
    streams = {person: Stream(epoch, person.id, segments[person], events) for person in crowd}
    watch.wait(lambda follower: streams[follower.person].after(follower.cursor) == len(streams[follower.person].frames), "everybody is whole", SECONDS)
    watch.flush()
    for follower in watch.followers:
        Verdict(follower, streams[follower.person])
