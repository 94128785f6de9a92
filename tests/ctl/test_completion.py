"""Completion in bash, asked as bash asks it."""

import subprocess

import pytest
from ctl_support import PROGRAM, ROOT, SECONDS

SCRIPT = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_bookreqctl
printf '%s\\n' "${COMPREPLY[@]}"
"""


def complete(*words, cwd="/"):
    """What is offered for the last word."""
    command = ["bash", "-c", SCRIPT, "bash", ROOT / "ctl/completion/bookreqctl", PROGRAM, *words]
    result = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, cwd=cwd)
    assert result.returncode == 0 and result.stderr == "", result
    return set(result.stdout.split())


@pytest.mark.parametrize(
    "words, offered",
    [
        ([""], {"migrate", "creator", "tier", "user", "team", "token", "tail", "doctor", "prune", "epoch"}),
        (["t"], {"tier", "team", "token", "tail"}),
        (["--json", "--config", "file", "mi"], {"migrate"}),
        (["-"], {"--config", "--json", "--help", "--version"}),
        (["user", ""], {"add", "set", "passwd", "activate", "deactivate", "list", "import"}),
        (["user", "a"], {"add", "activate"}),
        (["tier", "set", "--"], {"--creator", "--requests", "--chapters", "--json", "--help"}),
        (["user", "add", "ben", "--creator", "ada", "--t"], {"--tier"}),
        (["user", "set", "ben", "--a"], {"--allowance"}),
        (["epoch", "--r"], {"--renew"}),
        (["migrate", "--"], {"--json", "--help"}),
        (["nonsense", "x"], set()),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_completion(words, offered):
    assert complete(*words) == offered


def test_files_where_files_are_meant(tmp_path):
    (tmp_path / "members.csv").touch()
    assert complete("user", "import", "--creator", "ada", "mem", cwd=tmp_path) == {"members.csv"}
    assert complete("--config", "mem", cwd=tmp_path) == {"members.csv"}
    assert complete("user", "import", "mem", cwd=tmp_path) == {"members.csv"}
