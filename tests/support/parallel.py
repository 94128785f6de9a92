"""Doing things at the same instant, and waiting for a state with a deadline."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

DEADLINE = 30  # seconds that nothing healthy comes near


def at_once(count, function):
    """Calls function(0) … function(count - 1) in as many threads, released together; the results in order."""
    gate = threading.Barrier(count)

    def released(number):
        gate.wait(DEADLINE)
        return function(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(released, range(count)))


def eventually(attempt, what, seconds=DEADLINE):
    """Repeats attempt() until it gives something true, which is returned. For states that no frame announces."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        result = attempt()
        if result:
            return result
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        pause.wait(0.05)
