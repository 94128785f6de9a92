"""What a bridge gives up before it serves (wsbridge/lockin.h). What ends it when it tries anyway is in tests/unit/test_lockin.c."""

import os
import signal
from pathlib import Path

from support.parallel import eventually

DAC_READ_SEARCH = 1 << 2  # for a checkout below a directory that only root may enter (dev.d/stack.sh)


def status(pid):
    return dict(line.split(":\t", 1) for line in (Path("/proc") / str(pid) / "status").read_text().splitlines())


def limits(pid):
    """Soft and hard limit by name, as the kernel prints them."""
    lines = (Path("/proc") / str(pid) / "limits").read_text().splitlines()[1:]
    return {line[:26].strip(): line[26:].split()[:2] for line in lines}


def test_a_bridge_is_locked_in(stack, connect, subscriber):
    before = {process.pid for process in stack.processes("bookreq-ws")}
    live = connect(subscriber)
    (bridge,) = [process for process in stack.processes("bookreq-ws") if process.pid not in before]
    if stack.sanitized:
        assert status(bridge.pid)["Seccomp"] == "0"
        return
    found = status(bridge.pid)
    assert found["NoNewPrivs"] == "1" and found["Seccomp"] == "2" and found["Seccomp_filters"] == "1", found
    assert "0" not in found["Uid"].split(), "it runs as root"
    found = limits(bridge.pid)
    assert found["Max open files"] == ["16", "16"] and found["Max processes"] == ["0", "0"] and found["Max core file size"] == ["0", "0"]
    assert int(found["Max address space"][1]) <= 64 * 1024 * 1024
    live.quiet()


def test_the_handshake_does_not_stay(stack, connect, subscriber):
    """Arguments and environment, with the client's credentials, went back with the stack that the kernel made (wsbridge/stack.h)."""
    before = {process.pid for process in stack.processes("bookreq-ws")}
    live = connect(subscriber)
    (bridge,) = [process for process in stack.processes("bookreq-ws") if process.pid not in before]
    live.quiet()
    left = (Path("/proc") / str(bridge.pid) / "environ").read_bytes()
    assert (b"HTTP_" in left) if stack.sanitized else left == b"", left


def test_workers_have_no_rights_either(stack):
    for process in stack.processes("bookreq.fcgi"):
        found = status(process.pid)
        assert "0" not in found["Uid"].split() and int(found["CapEff"], 16) & ~DAC_READ_SEARCH == 0, found


def test_it_goes_on_after_being_stopped(stack, connect, subscriber):
    """The kernel restarts an interrupted wait by a system call of its own."""
    before = {process.pid for process in stack.processes("bookreq-ws")}
    live = connect(subscriber)
    (bridge,) = [process for process in stack.processes("bookreq-ws") if process.pid not in before]
    bridge.kill(signal.SIGSTOP)
    eventually(lambda: status(bridge.pid)["State"].startswith("T"), "the bridge is stopped")
    bridge.kill(signal.SIGCONT)
    live.quiet()
    os.kill(bridge.pid, 0)
