"""./dev as a person calls it."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import requests
from support.processes import processes_of
from support.stack import free_port

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300  # the first `up` builds
POLL_SECONDS = 0.02


def wait_until(condition, seconds=30):
    """The first true value that condition() gives."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, "waited too long"
        time.sleep(POLL_SECONDS)


def program_of(process):
    """The name of its executable; servers write more behind it."""
    return os.path.basename(re.split("[: ]", process.argv[0])[0]) if process.argv else process.name


def heed_interrupts():
    """A terminal's Ctrl-C, which a shell has its background jobs ignore, the tests perhaps among them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Dev:
    def __init__(self, var, **settings):
        self.var = var
        self.port = free_port()
        self.environment = dict(os.environ, BOOKREQ_VAR=str(var), BOOKREQ_PORT=str(self.port), BOOKREQ_DEMO="0", BOOKREQ_WORKERS="2")
        self.environment.update(settings)

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments):
        return subprocess.run(
            [ROOT / "dev", *arguments], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS
        )

    def done(self, *arguments):
        """The standard output of a command that succeeds."""
        result = self.run(*arguments)
        assert result.returncode == 0, (arguments, result.stdout, result.stderr)
        return result.stdout

    def up(self):
        return self.done("up")

    def refused(self, *arguments):
        """The one line on standard error of a command that fails and leaves nothing running."""
        result = self.run(*arguments)
        assert result.returncode == 1, (result.returncode, result.stdout, result.stderr)
        assert processes_of(self.var) == []
        line, end, rest = result.stderr.partition("\n")
        assert line.startswith("dev: ") and end == "\n" and rest == "", result.stderr
        return line

    def foreground(self, *arguments):
        """The command as a process in a session of its own, its output in a file beside the state."""
        self.var.mkdir(parents=True, exist_ok=True)
        with open(self.var / "foreground.out", "w") as out:
            return subprocess.Popen(
                [ROOT / "dev", *arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=heed_interrupts,
            )

    def output(self):
        return (self.var / "foreground.out").read_text()

    def processes(self, program):
        return [p for p in processes_of(self.var) if program_of(p) == program]

    def leader(self, service):
        """The id of the process that ./dev started for a service."""
        return int((self.var / "run" / f"{service}.pid").read_text().split()[0])

    def get(self, path):
        return requests.get(self.origin + path, timeout=10)

    def ready(self):
        try:
            return self.get("/readyz").status_code == 200
        except requests.RequestException:
            return False
