"""Requests per second through the web server, each beside what limits it."""

import json
import os
import pwd
import re
import shutil
import subprocess
import time
from pathlib import Path

from stage import CREATORS, MILLION, USERS, cpu_between
from support.stack import free_port

HERE = Path(__file__).resolve().parent
PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"
CONNECTIONS = 16
MANY_CONNECTIONS = 64
FEW_CONNECTIONS = 2  # where the time of one request counts
PAGE = 50
QUOTA = "/api/book-requests/quota"
LIMIT_CLIENTS = 8


class Empty:
    """The responder that does nothing, with as many processes as the application, behind nginx with the same files on another port."""

    def __init__(self, stage, responder):
        self.port = free_port()
        self.processes = []
        directory = stage.var / "nginx-empty"
        if directory.exists():
            shutil.rmtree(directory)
        shutil.copytree(stage.var / "nginx", directory)
        self.socket = stage.unix_socket("app.sock").with_name("empty.sock")
        for path in directory.glob("*.conf"):
            text = path.read_text()
            for old, new in (("app.sock", self.socket.name), (f"{stage.var}/nginx/", f"{directory}/"), (f":{stage.port} ", f":{self.port} ")):
                text = text.replace(old, new)
            path.write_text(text.replace(f"{stage.var}/log/access.log", f"{directory}/access.log"))
        program = shutil.copy(responder, directory)
        self.owner = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            self.owner = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            for path in [directory, *directory.rglob("*")]:
                os.chown(path, account.pw_uid, account.pw_gid)
        workers = [shutil.which("multiwatch"), "-f", stage.environment["BOOKREQ_WORKERS"], "--", program]
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        self.log = open(directory / "log", "wb")
        self._start(["spawn-fcgi", "-n", "-s", str(self.socket), "-M", "0660", "-b", "1024", "--", *workers])
        self._start([nginx, "-e", "stderr", "-p", str(directory), "-c", f"{directory}/nginx.conf"])
        self._wait()

    def _start(self, command):
        self.processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, **self.owner))

    def _wait(self):
        for _ in range(200):
            if subprocess.run(["curl", "-sf", "-o", "/dev/null", f"http://127.0.0.1:{self.port}/api/"], check=False).returncode == 0:
                return
            time.sleep(0.05)
        self.close()
        raise RuntimeError("the empty responder does not answer: " + Path(self.log.name).read_text(encoding="utf-8"))

    def close(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait(timeout=20)
        self.log.close()
        self.socket.unlink(missing_ok=True)


def wrk(script, stage, port, seconds, tokens, *arguments, connections=CONNECTIONS):
    """Load through one nginx; with what it cost the stack's processes on the CPU, by program."""
    before = stage.cpu()
    command = ["wrk", f"-t{min(2, connections)}", f"-c{connections}", f"-d{seconds}s", "-s", script, f"http://127.0.0.1:{port}/", "--", str(tokens), *arguments]
    output = subprocess.run(command, cwd=HERE, check=True, capture_output=True, text=True, timeout=seconds + 60).stdout
    result = json.loads(re.search(r"^RESULT (.*)$", output, re.MULTILINE).group(1))
    result["per_second"] = result["requests"] / result["us"] * 1e6
    cost = cpu_between(before, stage.cpu())
    result["cpu_us"] = {name: round(ns / 1000 / result["requests"], 1) for name, ns in cost.items() if ns > 1000 * result["requests"]}
    return result


def pgbench(stage, seconds):
    variables = {"first": stage.creators[0].user, "creators": CREATORS, "users": USERS}
    command = [PGBENCH, "-n", "-M", "prepared", "-c", str(LIMIT_CLIENTS), "-j", "2", "-T", str(seconds), "-f", str(HERE / "create.pgbench")]
    command += [f"-D{name}={value}" for name, value in variables.items()]
    connection = stage.database()
    command += ["-h", connection.info.host, "-U", "bookreq_app", connection.info.dbname]
    connection.close()
    output = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 60).stdout
    return float(re.search(r"^tps = ([0-9.]+)", output, re.MULTILINE).group(1))


def ratio(measured, limit):
    return {"measured": measured["per_second"], "limit": limit, "ratio": measured["per_second"] / limit, "faults": measured["errors"], "detail": measured}


def write_tokens(path, people):
    path.write_text("".join(person.token + "\n" for person in people))
    return path


def p99_ratio(stage, seconds, directory, path, people):
    """The p99 of a page of whom much belongs to, by that of whom little belongs to."""
    found = []
    for person in people:
        tokens = write_tokens(directory / "reader", [person])
        found.append(wrk("get.lua", stage, stage.port, seconds, tokens, path, connections=FEW_CONNECTIONS))
    many, few = found
    return {
        "measured": many["p99_us"] / 1000,
        "limit": few["p99_us"] / 1000,
        "ratio": many["p99_us"] / few["p99_us"],
        "faults": many["errors"] + few["errors"],
        "detail": {"many": many, "few": few},
    }


def published(stage, seconds):
    """What Redis alone takes from as many clients as there are workers."""
    socket = stage.unix_socket("redis.sock")
    command = ["redis-benchmark", "-s", str(socket), "-c", stage.environment["BOOKREQ_WORKERS"], "-n", str(40000 * seconds), "--csv", "PUBLISH", "bench:none", "x" * 600]
    output = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    return float(re.search(r'^"PUBLISH.*?","([0-9.]+)"', output, re.MULTILINE).group(1))


def measure(stage, responder, seconds, directory):
    """One round: each figure right after its limit."""
    tokens = write_tokens(directory / "tokens", stage.users)
    hot = write_tokens(directory / "hot", [user for user in stage.users if user.creator == stage.creators[0].user])
    limit = pgbench(stage, seconds)
    usual = wrk("create.lua", stage, stage.port, seconds, tokens)
    figures = {"create": ratio(usual, limit)}
    figures["create_many"] = ratio(wrk("create.lua", stage, stage.port, seconds, tokens, connections=MANY_CONNECTIONS), usual["per_second"])
    figures["create_hot"] = ratio(wrk("create.lua", stage, stage.port, seconds, hot), usual["per_second"])
    stage.vacuum()
    empty = Empty(stage, responder)
    try:
        limit = wrk("get.lua", stage, empty.port, seconds, tokens, QUOTA)
    finally:
        empty.close()
    figures["quota"] = ratio(wrk("get.lua", stage, stage.port, seconds, tokens, QUOTA), limit["per_second"])
    figures["quota"]["detail_limit"] = limit
    lists = f"/api/book-requests?limit={PAGE}", f"/api/book-requests/admin?limit={PAGE}"
    figures["list_own"] = p99_ratio(stage, seconds, directory, lists[0], [reader for _, reader in stage.shelves])
    figures["list_admin"] = p99_ratio(stage, seconds, directory, lists[1], [creator for creator, _ in stage.shelves])
    file = wrk("get.lua", stage, stage.port, seconds, tokens, "/favicon.svg")
    figures["file"] = {"measured": file["per_second"], "faults": file["errors"], "detail": file}
    figures["publish"] = {"measured": published(stage, seconds)}
    return figures


def measure_million(stage, seconds, directory):
    """How much slower creating is in a table of a million: three times before it is filled, three times after."""
    tokens = write_tokens(directory / "tokens", stage.users)

    def measured():
        loads = [wrk("create.lua", stage, stage.port, seconds, tokens) for _ in range(3)]
        return sorted(loads, key=lambda load: load["per_second"])[1]

    empty = measured()
    stage.fill(MILLION)
    return {"create_million": ratio(measured(), empty["per_second"])}
