"""Every fault by itself, twice, under a random play."""

import pytest

from play import Play
from strikes import FAULTS


@pytest.mark.parametrize("name", FAULTS)
def test_nothing_is_lost(stack, seed, name):
    with Play([stack], seed) as play:
        play.acted(10)
        for _ in range(2):
            play.strike(FAULTS[name])
        play.acted(10)
    assert play.struck[name] >= 2
