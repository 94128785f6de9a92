"""A private PostgreSQL and Redis, and the program under test; no web server, no workers."""

import itertools
import json
import os
import pwd
import subprocess
from pathlib import Path

import psycopg2
import redis

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BOOKREQ_BUILD") or ROOT / ("build-san" if os.environ.get("BOOKREQ_SANITIZE") == "1" else "build"))
PROGRAM = ROOT / BUILD / "bookreqctl"
SQL = ROOT / "sql"
POSTGRES_BIN = Path("/usr/lib/postgresql/15/bin")
SECONDS = 60
OWNER = "ctl_owner"
APP_ROLE = "ctl_app"


class Postgres:
    """A cluster on a unix socket. PostgreSQL does not run as root, so root lends it to the user postgres."""

    def __init__(self, directory):
        self.directory = directory
        self.data = directory / "data"
        self.as_user = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(directory, user.pw_uid, user.pw_gid)
            self.as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        self.numbers = itertools.count(1)

    def run(self, *command):
        result = subprocess.run([*self.as_user, *map(str, command)], cwd="/", capture_output=True, text=True, timeout=SECONDS)
        assert result.returncode == 0, (command, result.stdout, result.stderr)

    def start(self):
        self.run(POSTGRES_BIN / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.directory}' -c fsync=off -c max_connections=50"
        # the server keeps the log open: a pipe would never end
        self.run(POSTGRES_BIN / "pg_ctl", "-D", self.data, "-w", "-l", self.directory / "log", "-o", options, "start")
        # neither may do more than a role of a hosted database
        self.execute("postgres", f"CREATE ROLE {OWNER} LOGIN CREATEDB", f"CREATE ROLE {APP_ROLE} LOGIN")

    def stop(self):
        self.run(POSTGRES_BIN / "pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")

    def url(self, database, role=OWNER):
        return f"postgresql:///{database}?host={self.directory}&user={role}"

    def connect(self, database, role="postgres"):
        connection = psycopg2.connect(host=str(self.directory), user=role, dbname=database)
        connection.autocommit = True
        return connection

    def execute(self, database, *statements):
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()

    def query(self, database, statement, *values):
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall()
        finally:
            connection.close()

    def create(self, template="template0"):
        name = f"test_{next(self.numbers)}"
        self.execute("postgres", f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}")
        return name


class Redis:
    def __init__(self, directory):
        self.path = directory / "redis.sock"
        self.process = None

    @property
    def url(self):
        return f"unix://{self.path}"

    def start(self):
        command = ["redis-server", "--port", "0", "--unixsocket", self.path, "--save", "", "--appendonly", "no", "--daemonize", "no"]
        self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            if "ready to accept connections" in line.lower():
                return
        raise RuntimeError("redis-server did not start")

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=SECONDS)

    def listen(self, pattern):
        """A subscription that is in force when this returns."""
        pubsub = redis.Redis(unix_socket_path=str(self.path)).pubsub()
        pubsub.psubscribe(pattern)
        assert pubsub.get_message(timeout=SECONDS)["type"] == "psubscribe"
        return pubsub


def heard(pubsub):
    """The next message: (channel, text)."""
    message = pubsub.get_message(timeout=SECONDS)
    assert message is not None and message["type"] == "pmessage", message
    return message["channel"].decode(), message["data"].decode()


class Result:
    def __init__(self, process, out, err):
        self.code = process.returncode
        self.out = out
        self.err = err

    def __repr__(self):
        return f"<exit {self.code} out={self.out!r} err={self.err!r}>"


class Ctl:
    """The program with the settings of one database. Every setting comes from here, none from the caller's environment."""

    def __init__(self, **settings):
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("BOOKREQ_")}
        self.set(**{"sql_dir": SQL, "app_role": APP_ROLE, **settings})

    def set(self, **settings):
        self.environment.update({f"BOOKREQ_{name.upper()}": str(value) for name, value in settings.items()})

    def start(self, *arguments, stdin=subprocess.PIPE):
        """In a session, so a process group, of its own: a terminal's interrupt goes to a whole group."""
        return subprocess.Popen(
            [PROGRAM, *arguments],
            env=self.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            start_new_session=True,
        )

    def run(self, *arguments, stdin=b""):
        process = self.start(*arguments)
        out, err = process.communicate(stdin if isinstance(stdin, bytes) else stdin.encode(), timeout=SECONDS)
        return Result(process, out.decode(), err.decode())

    def done(self, *arguments, stdin=b""):
        """Standard output of a command that must succeed without a word on standard error."""
        result = self.run(*arguments, stdin=stdin)
        assert result.code == 0 and result.err == "", (arguments, result)
        return result.out

    def json(self, *arguments, stdin=b""):
        out = self.done("--json", *arguments, stdin=stdin)
        assert out.count("\n") == 1 and out.endswith("\n"), out
        value = json.loads(out)
        assert isinstance(value, dict), out
        return value

    def refused(self, *arguments, stdin=b""):
        """The reason, one line, of a command that must end with 1."""
        return self._failed(1, *arguments, stdin=stdin)

    def usage(self, *arguments):
        return self._failed(2, *arguments, stdin=b"")

    def _failed(self, code, *arguments, stdin):
        result = self.run(*arguments, stdin=stdin)
        assert result.code == code and result.out == "", (arguments, result)
        lines = result.err.splitlines()
        assert lines and all(line.startswith("bookreqctl: ") for line in lines), result
        return lines[0].removeprefix("bookreqctl: ")
