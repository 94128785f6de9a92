"""SECURITY.md names the tests that show what it says: they are there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "SECURITY.md").read_text()
ROWS = [line.split("|")[1:-1] for line in TEXT.split("## Threats")[1].splitlines() if line.startswith("| ")][1:]


def test_every_threat_has_a_test_that_exists():
    assert len(ROWS) > 15
    for threat, _, shown in ROWS:
        paths = [path for path in re.findall(r"`([a-z]+/[a-z_/.]*)`", shown) if not path.startswith("conf/")]
        assert paths, threat
        for path in paths:
            assert (ROOT / "tests" / path).exists(), (threat, path)


def test_every_named_test_is_in_its_file():
    for _, _, shown in ROWS:
        for path, names in re.findall(r"`([a-z]+/[a-z_]+\.py)`: ((?:`test_[a-z_0-9]+`(?:, )?)+)", shown):
            text = (ROOT / "tests" / path).read_text()
            for name in re.findall(r"test_[a-z_0-9]+", names):
                assert f"def {name}(" in text, (path, name)
