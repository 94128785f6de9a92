"""
A random play under random faults, several at a time, one seed after the other. BOOKREQ_SEEDS says how many (tests/fault/soak does), and
BOOKREQ_SEED with which number to begin.
"""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from play import Play, seed_number
from strikes import FAULTS, point_of

ROUNDS = 3
AT_ONCE = 2

struck = Counter()


def together(play):
    """A few faults that strike at the same time; two orders for one fault point would be one."""
    chosen = play.random.sample(list(FAULTS.values()), AT_ONCE)
    return list({point_of(fault.name): fault for fault in chosen}.values())


@pytest.mark.parametrize("number", range(int(os.environ.get("BOOKREQ_SEEDS", "3"))))
def test_nothing_is_lost_whatever_happens(stack, number):
    with Play([stack], seed_number(number), sockets=3) as play:
        for _ in range(ROUNDS):
            play.acted(play.random.randint(1, 20))
            with ThreadPoolExecutor(AT_ONCE) as pool:
                for done in [pool.submit(play.strike, fault) for fault in together(play)]:
                    done.result()
        play.acted(10)
    assert sum(play.struck.values()) >= ROUNDS
    struck.update(play.struck)
    print(f"{len(play.done)} changes, {dict(play.hiccups)} answers to be tried again; struck: {dict(play.struck)}")
