"""What others notice of a client at one address who wants nobody else to be served: the p99 of somebody's requests, beside that without it."""

import json
import subprocess
from pathlib import Path

from http_figures import QUOTA, wrk, write_tokens

ATTACKS = {"slow": 400, "idle": 10000, "handshakes": 1000}  # connections, connections, a second
SECONDS = 3  # of each load at most: the web servers end what is slow or idle after ten


class Attack:
    """bench/attack, from the moment on at which all of it has begun."""

    def __init__(self, program, stage, kind, address):
        command = [program, str(stage.port), address, kind, str(ATTACKS[kind])]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() == "":
            raise RuntimeError(f"attack ended at once: {command}")

    def end(self):
        self.process.stdin.close()
        with self.process.stdout as output:
            result = json.loads(output.read())
        self.process.wait(timeout=20)
        return result


def bridges(stage):
    """Which there are, and what all that have ended took of the memory: a bridge that came and went in between shows in it."""
    faults = 0
    for process in stage.processes("websocketd"):
        fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        faults += int(fields[8])  # cminflt, proc(5)
    return {process.pid for process in stage.processes("bookreq-ws")}, faults


def quota(stage, seconds, tokens):
    return wrk("get.lua", stage, stage.port, seconds, tokens, QUOTA, connections=1)


def attacked(stage, program, kind, address, seconds, tokens):
    before = bridges(stage)
    attack = Attack(program, stage, kind, address)
    try:
        measured = quota(stage, seconds, tokens)
    finally:
        outcome = attack.end()
    return {**measured, "attack": outcome, "bridges_started": int(bridges(stage) != before)}


def measure(stage, program, seconds, directory):
    """One round: each attack, from an address of its own, right after its limit, which is the same without it."""
    seconds = min(seconds, SECONDS)
    tokens = write_tokens(directory / "reader", stage.users[:1])
    figures = {}
    for number, kind in enumerate(ATTACKS, 1):
        alone = quota(stage, seconds, tokens)
        measured = attacked(stage, program, kind, f"127.0.1.{number}", seconds, tokens)
        figures[f"attack_{kind}"] = {
            "measured": measured["p99_us"] / 1000,
            "limit": alone["p99_us"] / 1000,
            "ratio": measured["p99_us"] / alone["p99_us"],
            "faults": alone["errors"] + measured["errors"] + measured["bridges_started"],
            "detail": {"alone": alone, "attacked": measured},
        }
    return figures
