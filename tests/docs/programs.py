"""The programs that were built, asked about themselves."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / (os.environ.get("BOOKREQ_BUILD") or ("build-san" if os.environ.get("BOOKREQ_SANITIZE") == "1" else "build"))
PROGRAMS = ["bookreqctl", "bookreq.fcgi", "bookreq-ws"]


def run(program, *arguments):
    return subprocess.run([str(BUILD / program), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def output(program, *arguments):
    result = run(program, *arguments)
    assert result.returncode == 0 and result.stderr == "", (program, arguments, result)
    return result.stdout
