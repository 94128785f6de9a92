"""One running stack, started and stopped by ./dev as a person would."""

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from support.parallel import eventually
from support.processes import processes_of

ROOT = Path(__file__).resolve().parents[2]
DEV = ROOT / "dev"
UP_SECONDS = 600  # a first `up` builds
CTL_SECONDS = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class CtlRefused(Exception):
    """bookreqctl ended with another code than 0."""

    def __init__(self, arguments, result):
        super().__init__(f"{' '.join(arguments)}: exit {result.returncode}: {result.stderr.strip()}")
        self.code = result.returncode
        self.stderr = result.stderr


class Stack:
    def __init__(self, **settings):
        # Not pytest's own temporary directory: that is closed to the user that PostgreSQL runs as, and its name is too long for a unix socket.
        self.var = Path(tempfile.mkdtemp(prefix="bookreq-", dir="/tmp"))
        self.var.chmod(0o755)
        self.host = "127.0.0.1"
        self.port = free_port()
        self.environment = dict(
            os.environ,
            BOOKREQ_VAR=str(self.var),
            BOOKREQ_PORT=str(self.port),
            BOOKREQ_DEMO="0",
            BOOKREQ_WORKERS="4",
            **settings,
        )
        self.server = self.environment.get("BOOKREQ_SERVER", "nginx")

    def unix_socket(self, name):
        """The path of one of the stack's unix sockets; a server that restarts makes its own anew."""
        (path,) = eventually(lambda: list(self.var.rglob(name)), f"{name} is there")
        return path

    @property
    def origin(self):
        return f"http://{self.host}:{self.port}"

    def dev(self, *arguments, seconds=CTL_SECONDS, stdin=None):
        return subprocess.run(
            [str(DEV), *arguments],
            cwd=ROOT,
            env=self.environment,
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            timeout=seconds,
        )

    def up(self):
        # Output to files: what stays in the background would keep a pipe open for ever.
        with open(self.var / "up.out", "w+") as out:
            code = subprocess.run(
                [str(DEV), "up"], cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=UP_SECONDS
            ).returncode
            if code != 0:
                out.seek(0)
                raise RuntimeError(f"./dev up: exit {code}\n{out.read()}")

    def down(self, keep=False):
        result = self.dev("down")
        left = processes_of(self.var)
        if result.returncode != 0 or left:
            raise RuntimeError(f"./dev down: exit {result.returncode}\n{result.stdout}{result.stderr}\nleft running: {left}")
        if not keep:
            shutil.rmtree(self.var)

    def ctl(self, *arguments, stdin=None):
        """bookreqctl's standard output; CtlRefused if it did not end with 0."""
        result = self.dev("ctl", *arguments, stdin=stdin)
        if result.returncode != 0:
            raise CtlRefused(arguments, result)
        return result.stdout

    def ctl_json(self, *arguments, stdin=None):
        return json.loads(self.ctl("--json", *arguments, stdin=stdin))

    @property
    def build(self):
        """The directory of the build that the stack runs."""
        lines = (self.var / "run/stack.env").read_text().splitlines()
        (build,) = (shlex.split(line)[0].partition("=")[2] for line in lines if line.startswith("STACK_BUILD="))
        return Path(build)

    @property
    def sanitized(self):
        return "#define BOOKREQ_SANITIZED 1" in (self.build / "config.h").read_text()

    def program(self, name, *arguments):
        """What a program of the build that the stack runs prints."""
        result = subprocess.run([self.build / name, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=CTL_SECONDS, check=True)
        return result.stdout

    def processes(self, program):
        """The stack's running processes of a program, by its file name of at most 15 bytes."""
        return [process for process in processes_of(self.var) if process.name == program]

    def web_server(self):
        """The web server's processes."""
        return self.processes({"nginx": "nginx", "apache": "apache2"}[self.server])

    def kill_postgresql(self):
        """
        All its processes at once, as at a power failure: one that lived on could wait for ever for a lock of the dead, and keep a new server
        from starting. So they are stopped first, until none is left that could fork. Returns their number.
        """
        held = {}
        while found := [process for process in self.processes("postgres") if process.pid not in held]:
            for process in found:
                process.kill(signal.SIGSTOP)
                held[process.pid] = process
        for process in held.values():
            process.kill()
        return len(held)
