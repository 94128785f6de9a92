"""The source as a release has it: made from the files that git knows, in their present state, so that nothing of a build is among them."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / (os.environ.get("BOOKREQ_BUILD") or "build")
BUILD_SECONDS = 1800


def run(*command, cwd=None, **settings):
    """What a command that succeeds prints, both streams as one."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BOOKREQ_", "MAKE", "MFLAGS"))} | settings
    result = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=BUILD_SECONDS,
    )
    assert result.returncode == 0, f"{command}: exit {result.returncode}\n{result.stdout[-8000:]}"
    return result.stdout


def make(*arguments):
    """In the build tree that the tests use."""
    return run("make", "-C", BUILD, *arguments)


def git(*arguments):
    # The checkout may be another user's.
    command = ["git", "-c", "safe.directory=*", *arguments]
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True, text=True).stdout


def tracked_files():
    """What git knows; of a copy without its history, what git would take."""
    if (ROOT / ".git").exists():
        listing = git("ls-files", "-z")
    else:
        with tempfile.TemporaryDirectory() as empty:
            git("init", "-q", "--bare", empty)
            listing = git(f"--git-dir={empty}", f"--work-tree={ROOT}", "ls-files", "-z", "--others", "--exclude-standard")
    return [name for name in listing.split("\0") if name and os.path.lexists(ROOT / name)]


def export(directory):
    """Copies the tracked files to `directory`, with their modes."""
    for name in tracked_files():
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target, follow_symlinks=False)
    return directory
