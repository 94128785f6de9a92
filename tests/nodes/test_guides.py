"""The guides themselves: no block that nobody follows, and no number that does not follow from the others."""

import re
from math import ceil
from pathlib import Path

import pytest

from support.guide import Guide
from support.stack import ROOT

TESTS = "".join(path.read_text() for path in Path(__file__).parent.glob("*.py"))


@pytest.mark.parametrize("page", ["scaling.md", "backup.md"])
def test_every_block_is_followed(page):
    guide = Guide(page)
    assert len(guide.blocks) == (ROOT / "docs" / page).read_text().count("<!-- guide:")
    assert [name for name in guide.blocks if not re.search(rf"[\"']{name}[\"']", TESTS)] == []


@pytest.fixture(scope="module")
def text():
    return (ROOT / "docs/scaling.md").read_text()


@pytest.fixture(scope="module")
def measured(text):
    units = {"KiB": 1, "µs/s": 1e-6, "ms": 1e-3, "": 1}
    rows = re.findall(r"^\| ([A-Z]) \| .* \| ([\d.]+) ?(\S*) \|$", text, re.MULTILINE)
    return {letter: float(number) * units[unit] for letter, number, unit in rows}


def number(text, pattern):
    (found,) = re.findall(pattern, text)
    return float(found.replace(",", ""))


def test_the_calculation(text, measured):
    sockets, cores, share, ports = 1_000_000, 8, 0.5, number(text, r"or ([\d,]+) with")
    counts = [ceil(sockets * measured["M"] / (24 * 1024**2)), ceil(sockets * measured["W"] / (cores * share)), ceil(sockets / ports)]
    assert [int(count) for count in re.findall(r"1,000,000 .*\| (\d+) \|$", text, re.MULTILINE)] == counts
    nodes = number(text, r"So (\d+), with")
    assert nodes == max(counts) + 1
    each = number(text, r"with ([\d,]+) sockets and")
    assert each == ceil(sockets / nodes)
    assert number(text, r"sockets and (\d+) websocketds") == ceil(each / number(text, r"by p ports \(([\d,]+)"))
    assert number(text, r"Redis: ([\d.]+) cores") == pytest.approx(sockets * measured["R"])
    assert number(text, r"PostgreSQL: ([\d.]+) cores") == pytest.approx(sockets * measured["P"])
    assert number(text, r"makes that ([\d.]+);") == pytest.approx(sockets * measured["P"] / 10)
    assert number(text, r"are ([\d.]+) cores more") == pytest.approx(100 * measured["D"], abs=0.005)
    joined = number(text, r"= ([\d,]+) a second")
    assert joined == nodes * cores / 2 * measured["J"]
    assert number(text, r"which is (\d+) s for all") == ceil(sockets / joined)
    assert number(text, r"PostgreSQL has ([\d.]+) cores") == pytest.approx(joined * measured["O"], abs=0.05)
    assert number(text, r"with 8 it is (\d+) s") == ceil(sockets * measured["O"] / 8)
