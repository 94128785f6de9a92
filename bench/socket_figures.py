"""What WebSockets cost and how fast they are: one set of a thousand sockets, looked at from every side."""

import json
import random
import re
import socket
import subprocess
import time
from pathlib import Path
from statistics import median

from stage import cpu_between, machine_kib

SOCKETS = 1000
HALL_SOCKETS = 500  # of one creator's admins
USERS_PER_CREATOR = 9  # with the creator ten sockets of each: the other 500
WARM_UP_SOCKETS = 50
RATE = 50  # POSTs a second
SETTLE_SECONDS = 2
CURVE = (500, 1000, 2000, 4000)
COMMAND_SECONDS = 180


class Wsload:
    """bench/wsload, asked a line at a time."""

    def __init__(self, program, port, people):
        self.process = subprocess.Popen([program, str(port), str(people)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def kib(self):
        """Its own memory."""
        rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text(encoding="ascii")
        return int(re.search(r"^Pss: *([0-9]+)", rollup, re.MULTILINE).group(1))

    def ask(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        line = self.process.stdout.readline()
        if line == "":
            raise RuntimeError(f"wsload ended at: {words}")
        return json.loads(line)


def lines_of_people(stage):
    """The list for wsload: first one line for each socket, then who posts to the ordinary creators, then who posts to the hall."""
    hall = [stage.hall_admins[i % len(stage.hall_admins)] for i in range(HALL_SOCKETS)]
    by_creator = {creator.user: [user for user in stage.users if user.creator == creator.user] for creator in stage.creators}
    posters = [users[i] for i in range(USERS_PER_CREATOR) for users in by_creator.values()]
    sockets = hall + stage.creators + posters
    assert len(sockets) == SOCKETS
    random.shuffle(sockets)
    return sockets, posters, [stage.hall_user]


def opened(answer, count):
    if answer["opened"] != count or answer["failed"]:
        raise RuntimeError(f"not all of {count} sockets could be opened: {answer}")
    return answer["opened"] / answer["seconds"]


def client_end_kib():
    """What one end of a TCP connection costs the kernel: the load's ends are on the same machine as what is measured."""
    count = 1000
    before = machine_kib(1)["Slab"]
    with socket.create_server(("127.0.0.1", 0), backlog=count) as server:
        ends = []
        for _ in range(count):
            ends.append(socket.create_connection(server.getsockname()))
            ends.append(server.accept()[0])
        used = machine_kib(1)["Slab"] - before
        for end in ends:
            end.close()
    return max(used, 0) / len(ends)


def measure_curve(stage, program, directory):
    """How much one socket takes where there are few and where there are many."""
    people, kib = directory / "people", {}
    lines = [person.line() for person in lines_of_people(stage)[0]]
    people.write_text("".join(lines * (CURVE[-1] // len(lines))))
    with Wsload(program, stage.port, people) as load:
        opened(load.ask("open", WARM_UP_SOCKETS, 10), WARM_UP_SOCKETS)
    time.sleep(SETTLE_SECONDS)
    with Wsload(program, stage.port, people) as load:
        before, count = machine_kib(SETTLE_SECONDS)["MemAvailable"], 0
        for size in CURVE:
            for count in range(count, size, CURVE[0]):
                opened(load.ask("open", CURVE[0], 50), CURVE[0])
            count = size
            time.sleep(SETTLE_SECONDS)
            kib[size] = round((before - machine_kib(SETTLE_SECONDS)["MemAvailable"]) / size, 1)
    most, least = max(kib.values()), min(kib.values())
    return {"memory_flat": {"measured": most, "limit": least, "ratio": most / least, "detail": kib}}


def cpu_us(before, after, count):
    """Of each program, for one of so many."""
    return {name: round(ns / 1000 / count, 1) for name, ns in cpu_between(before, after).items()}


def connections(stage, load):
    """Half of the sockets one by one, half of them a hundred at a time."""
    half, figures = SOCKETS // 2, {}
    for name, at_a_time in (("connect_one", 1), ("connect_hundred", 100)):
        before = stage.cpu()
        answer = load.ask("open", half, at_a_time)
        detail = {**answer["connect"], "cpu_us": cpu_us(before, stage.cpu(), half)}
        figures[name] = {"measured": opened(answer, half), "detail": detail}
    return figures


def memory_figures(stage, machine_before, pss_before, load_kib):
    """Where the memory went, by program; the rest is the kernel's, and of whatever else runs."""
    machine = machine_kib(SETTLE_SECONDS)
    used = machine_before["MemAvailable"] - machine["MemAvailable"]
    pss, private = stage.memory()
    parts = {name: round((kib - pss_before.get(name, 0)) / SOCKETS, 2) for name, kib in pss.items()}
    parts = {name: kib for name, kib in parts.items() if abs(kib) >= 0.1}
    parts["all else"] = round(used / SOCKETS - sum(parts.values()), 2)
    parts["of it"] = {name: round((machine[name] - machine_before[name]) / SOCKETS, 2) for name in ("KernelStack", "PageTables", "Slab")}
    client = client_end_kib() + load_kib / SOCKETS
    return {
        "memory": {"measured": used / SOCKETS, "detail": parts},
        "memory_server": {"measured": used / SOCKETS - client, "detail": {"client": round(client, 2)}},
        "private": {"measured": median(private), "detail": {"most": max(private), "bridges": len(private)}},
    }


def idle_figure(stage, seconds):
    before, began = stage.cpu(), time.monotonic()
    time.sleep(seconds)
    after, elapsed = stage.cpu(), time.monotonic() - began
    parts = {name: used / 1000 / elapsed / SOCKETS for name, used in cpu_between(before, after).items()}
    return {"measured": sum(parts.values()), "detail": {name: round(us, 2) for name, us in parts.items() if us >= 0.05}}


def post_figure(answer, measured):
    faults = sum(answer[name] for name in ("refused", "lost", "doubled", "disordered", "stray"))
    return {"measured": measured / 1000, "faults": faults, "detail": answer}


def measure(stage, program, seconds, idle_seconds, directory):
    """One round, on a stack that was just started."""
    sockets, posters, hall_poster = lines_of_people(stage)
    people = directory / "people"
    people.write_text("".join(person.line() for person in sockets + posters + hall_poster))
    with Wsload(program, stage.port, people) as load:
        opened(load.ask("open", WARM_UP_SOCKETS, 10), WARM_UP_SOCKETS)
        load.ask("post", 20000, 100, SOCKETS, len(posters))
    time.sleep(SETTLE_SECONDS)
    with Wsload(program, stage.port, people) as load:
        before, (pss, _), load_before = machine_kib(SETTLE_SECONDS), stage.memory(), load.kib()
        figures = connections(stage, load)
        time.sleep(SETTLE_SECONDS)
        figures["idle"] = idle_figure(stage, idle_seconds)
        figures.update(memory_figures(stage, before, pss, load.kib() - load_before))
        answer = load.ask("post", 1000000 // RATE, RATE * seconds * 2, SOCKETS, len(posters))
        figures["latency_owner"] = post_figure(answer, answer["owner"]["p99_us"])
        figures["latency_admin"] = post_figure(answer, answer["admin"]["p99_us"])
        before = stage.cpu()
        answer = load.ask("post", 250000, 4 * seconds, SOCKETS + len(posters), 1)
        answer["cpu_us"] = cpu_us(before, stage.cpu(), answer["admin"]["n"])
        figures["fan_out"] = post_figure(answer, answer["last"]["p50_us"])
        end = load.ask("count")
        if end["failed"] or end["live"] != SOCKETS:
            raise RuntimeError(f"sockets were lost: {end}")
        return figures
