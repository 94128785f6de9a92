"""The processes of one stack, found in /proc: those that carry its state directory in environment or command line or have a file of it open, and their descendants."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    name: str
    argv: tuple
    marked: bool

    def kill(self, number=signal.SIGKILL):
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass  # it ended by itself in between, which is what a kill wants


def _has_open(directory, var):
    """A bridge gives its environment and arguments away (wsbridge/stack.h); its watch of Redis is a file of the stack's."""
    try:
        return any(os.readlink(link).startswith(f"{var}/") for link in (directory / "fd").iterdir())
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def _read(pid, var):
    directory = Path("/proc") / str(pid)
    try:
        argv = tuple(part.decode(errors="replace") for part in (directory / "cmdline").read_bytes().split(b"\0") if part)
        environment = (directory / "environ").read_bytes()
        name, _, rest = (directory / "stat").read_text().partition("(")[2].rpartition(")")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    state, parent = rest.split()[:2]
    if state == "Z":
        return None
    named = f"BOOKREQ_VAR={var}".encode() in environment.split(b"\0") or any(str(var) in word for word in argv)
    marked = named or (not argv and not environment and _has_open(directory, var))
    return Process(pid, int(parent), name, argv, marked)


def processes_of(var):
    """All processes that belong to the stack whose BOOKREQ_VAR is `var`, except this one and its own ancestors."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            process = _read(int(entry), var)
            if process is not None:
                found[process.pid] = process
    mine = set()
    pid = os.getpid()
    while pid in found:
        mine.add(pid)
        pid = found[pid].parent

    def belongs(process):
        while process is not None and process.pid not in mine:
            if process.marked:
                return True
            process = found.get(process.parent)
        return False

    return [process for process in found.values() if process.pid not in mine and belongs(process)]
