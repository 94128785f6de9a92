"""The table for people and the file for programs."""

import json
import os
import platform
import subprocess
from statistics import median

from support.stack import ROOT

# name, title, unit, target, and whether the ratio to the limit counts or the value itself, and whether more is better
FIGURES = [
    ("create", "create, 16 connections, against pgbench", "/s", 0.60, "ratio", True),
    ("create_many", "create, 64 connections, against 16", "/s", 1.0, "ratio", True),
    ("create_hot", "create, all at one creator, against 50", "/s", 0.30, "ratio", True),
    ("create_million", "create, with a million requests, against none", "/s", 0.85, "ratio", True),
    ("quota", "quota, 16 connections, against an empty responder", "/s", 0.45, "ratio", True),
    ("list_own", "list of a user with 1,000 requests, p99, against 50", "ms", 2.0, "ratio", False),
    ("list_admin", "queue of a creator with 200,000, p99, against 50", "ms", 2.0, "ratio", False),
    ("memory", "memory of a live connection, all counted", "KiB", 180, "value", False),
    ("memory_server", "the same without the client's ends", "KiB", None, "value", False),
    ("memory_flat", "memory of one of 500, 1000, 2000, 4000: most against least", "KiB", 1.1, "ratio", False),
    ("private", "private memory of a bridge", "KiB", 56, "value", False),
    ("latency_owner", "POST to frame at the owner, p99", "ms", 8, "value", False),
    ("latency_admin", "POST to frame at an admin, p99", "ms", 8, "value", False),
    ("fan_out", "one POST to 500 admins' sockets: the last", "ms", 35, "value", False),
    ("connect_one", "new connections, one by one", "/s", 400, "value", True),
    ("connect_hundred", "new connections, 100 at a time", "/s", 400, "value", True),
    ("idle", "CPU of an idle socket, all processes", "µs/s", 30, "value", False),
    ("whole_redis", "live again after 3 s without Redis", "ms", 3000, "value", False),
    ("whole_workers", "live again after all workers were killed", "ms", 2000, "value", False),
    ("whole_storm", "1000 sockets back at once, all current", "ms", 4000, "value", False),
    ("storm_rest", "REST meanwhile, p99", "ms", 100, "value", False),
    ("attack_slow", "REST during 400 slow headers, p99, against none", "ms", 2.0, "ratio", False),
    ("attack_idle", "REST during 10,000 idle connections, p99", "ms", 2.0, "ratio", False),
    ("attack_handshakes", "REST during 1000 strangers' handshakes/s, p99", "ms", 2.0, "ratio", False),
    ("file", "for comparison: a static file", "/s", None, "value", True),
    ("publish", "for comparison: redis-benchmark publishing", "/s", None, "value", True),
]


def _first_line(*command):
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except OSError:
        return None
    lines = (result.stdout or result.stderr).strip().splitlines()
    return lines[0] if lines else None


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as cpuinfo:
        models = [line.split(":", 1)[1].strip() for line in cpuinfo if line.startswith("model name")]
    with open("/proc/meminfo", encoding="ascii") as meminfo:
        total = int(meminfo.readline().split()[1])
    return {"cpu": models[0] if models else platform.machine(), "cores": os.cpu_count(), "memory_mib": total // 1024, "kernel": platform.release()}


def versions():
    packages = ["postgresql-15", "redis-server", "nginx", "websocketd", "libfcgi0ldbl", "libhiredis0.14", "musl-tools", "wrk", "gcc"]
    found = {package: _first_line("dpkg-query", "-W", "-f=${Version}", package) for package in packages}
    found["bookreq"] = _first_line("git", "-C", str(ROOT), "describe", "--always", "--dirty")
    return found


def summarise(rounds):
    """One entry a figure; what counts is the median of the rounds."""
    rows = []
    for name, title, unit, target, kind, more in FIGURES:
        runs = [one[name] for one in rounds if name in one]
        if not runs:
            continue
        value = median(run["ratio"] if kind == "ratio" else run["measured"] for run in runs)
        faults = sum(run.get("faults", 0) for run in runs)
        row = {"figure": name, "title": title, "unit": unit, "measured": median(run["measured"] for run in runs), "target": target, "kind": kind}
        row["limit"] = median(run["limit"] for run in runs) if kind == "ratio" else None
        row["ratio"] = value if kind == "ratio" else None
        row["faults"] = faults
        row["met"] = None if target is None else (value >= target if more else value <= target) and faults == 0
        row["rounds"] = runs
        row["more_is_better"] = more
        rows.append(row)
    return rows


def _number(value):
    if value is None:
        return "–"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def table(rows):
    """Markdown, and readable as it is."""
    lines = [("figure", "measured", "limit", "ratio", "target", "met")]
    for row in rows:
        sign = "≥" if row["more_is_better"] else "≤"
        unit = "" if row["kind"] == "ratio" else " " + row["unit"]
        target = "–" if row["target"] is None else f"{sign} {row['target']:.2f}" if row["kind"] == "ratio" else f"{sign} {row['target']}{unit}"
        met = {True: "yes", False: "NO", None: "–"}[row["met"]]
        if row["faults"]:
            met += f", {row['faults']} lost, doubled, disordered, refused or started"
        ratio = f"{row['ratio']:.2f}" if row["ratio"] is not None else "–"
        lines.append((row["title"], f"{_number(row['measured'])} {row['unit']}", _number(row["limit"]), ratio, target, met))
    widths = [max(len(line[i]) for line in lines) for i in range(6)]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in lines)


def write(path, rows, settings):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"figures": rows, "machine": machine(), "versions": versions(), "settings": settings}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
