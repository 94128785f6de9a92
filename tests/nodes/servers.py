"""
Private servers for installations of several machines. A machine is a loopback address: what a guide calls 10.0.0.11 is 127.x.y.11 here, with the
ports that the guide names.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg2
import redis

from support.parallel import DEADLINE, eventually

POSTGRES_BIN = Path("/usr/lib/postgresql/15/bin")
GUIDE_NETWORK = "10.0.0."
LIBPQ_VARIABLES = [name for name in os.environ if name.startswith("PG")]


def as_postgres():
    """PostgreSQL and PgBouncer refuse to be run by root."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []


def own(path):
    if os.geteuid() == 0:
        shutil.chown(path, "postgres", "postgres")


class Machines:
    """A network of this test's own, a directory for its files, and what runs there."""

    def __init__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="bookreq-nodes-", dir="/tmp"))
        self.directory.chmod(0o755)
        self.network = f"127.{secrets.randbelow(200) + 20}.{secrets.randbelow(256)}."
        self.running = []

    def address(self, number):
        return f"{self.network}{number}"

    def folder(self, name):
        path = self.directory / name
        path.mkdir(exist_ok=True)
        own(path)
        return path

    def guide(self, guide):
        """The guide with this network's addresses."""
        guide.replace(GUIDE_NETWORK, self.network)
        return guide

    def shell(self, script, **environment):
        """A guide's commands, as somebody who may do everything would type them; what they print."""
        clean = {name: value for name, value in os.environ.items() if name not in LIBPQ_VARIABLES}
        path = f"{POSTGRES_BIN}:{clean['PATH']}:/usr/sbin"
        result = subprocess.run(
            [*as_postgres(), "bash", "-euo", "pipefail", "-c", script],
            cwd=self.directory,
            env={**clean, "PATH": path, "HOME": str(self.directory), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert result.returncode == 0, f"{script}\n{result.stdout}{result.stderr}"
        return result.stdout

    def start(self, name, command, user=()):
        with open(self.directory / f"{name}.log", "ab") as log:
            process = subprocess.Popen([*user, *map(str, command)], cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.running.append(process)
        return process

    def end(self, keep):
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(DEADLINE)
        if keep:
            print(f"\nservers of the failed run: {self.directory}")
        else:
            shutil.rmtree(self.directory)


class Server:
    """Something that listens at one machine's port."""

    def __init__(self, machines, name, number, port, command, user=()):
        self.machines, self.name = machines, name
        self.host, self.port = machines.address(number), port
        self.command, self.user = command, user
        self.start()

    def start(self):
        self.process = self.machines.start(self.name, self.command, self.user)
        eventually(self.listens, f"{self.name} listens; see {self.machines.directory}/{self.name}.log")

    def listens(self):
        assert self.process.poll() is None, f"{self.name} ended; see {self.machines.directory}/{self.name}.log"
        with closing(socket.socket()) as probe:
            return probe.connect_ex((self.host, self.port)) == 0

    def kill(self):
        self.process.kill()
        self.process.wait(DEADLINE)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)


class Redis(Server):
    """Redis, or with `mode` --sentinel a Sentinel, with a configuration as a guide has it."""

    def __init__(self, machines, name, number, port, configuration, *mode, password=None):
        self.password = password
        folder = machines.folder(name)
        path = folder / "redis.conf"
        path.write_text(f"{configuration}\ndir {folder}\n")
        super().__init__(machines, name, number, port, ["redis-server", path, *mode])

    def client(self):
        return redis.Redis(self.host, self.port, password=self.password, socket_timeout=5, decode_responses=True)

    def ask(self, *command):
        """Twice, if need be: a Sentinel cuts all connections of whom it tells to follow another."""
        for last in (False, True):
            try:
                with self.client() as client:
                    return client.execute_command(*command)
            except redis.ConnectionError:
                if last:
                    raise

    def is_master(self):
        return self.ask("ROLE")[0] == "master"


class Postgres:
    """A server in its own directory, at one machine's port 5432; whoever reaches it is trusted."""

    PORT = 5432

    def __init__(self, machines, name, number):
        self.machines, self.name = machines, name
        self.host = machines.address(number)
        self.data = machines.folder(name) / "data"
        self.process = None

    def make(self):
        """A new, empty cluster."""
        self.machines.shell(f"initdb -D {self.data} -U postgres -E UTF8 --locale=C.UTF-8 --auth=trust -N")
        with open(self.data / "pg_hba.conf", "a") as rules:
            rules.write("host replication all 127.0.0.0/8 trust\nhost all all 127.0.0.0/8 trust\n")
        return self

    def start(self):
        options = {"listen_addresses": self.host, "port": self.PORT, "unix_socket_directories": "", "max_connections": 60, "shared_buffers": "32MB"}
        command = [POSTGRES_BIN / "postgres", "-D", self.data, *(word for name, value in options.items() for word in ("-c", f"{name}={value}"))]
        self.process = self.machines.start(self.name, command, as_postgres())
        eventually(self.answers, f"{self.name} answers; see {self.machines.directory}/{self.name}.log")
        return self

    def answers(self):
        assert self.process.poll() is None, f"{self.name} ended; see {self.machines.directory}/{self.name}.log"
        try:
            return self.ask("SELECT true")
        except psycopg2.OperationalError:
            return False

    def connect(self, database="postgres", user="postgres"):
        return psycopg2.connect(host=self.host, port=self.PORT, user=user, dbname=database, connect_timeout=5)

    def ask(self, query, *values, database="postgres"):
        """One statement, by itself; its rows, if it has any."""
        with closing(self.connect(database)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall() if cursor.description else []

    def kill(self):
        """As at a power failure: the kernel ends the others with the postmaster's death or at once."""
        children = [pid for (pid,) in self.ask("SELECT pid FROM pg_stat_activity")]
        self.process.kill()
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(DEADLINE)

    def backends(self, kind):
        return [pid for (pid,) in self.ask("SELECT pid FROM pg_stat_activity WHERE backend_type = %s", kind)]

    def url(self, *others, user, database="bookreq", options=""):
        hosts = ",".join(f"{server.host}:{server.PORT}" for server in (self, *others))
        return f"postgresql://{user}@{hosts}/{database}{options}"
