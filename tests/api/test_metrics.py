"""GET /metrics: Prometheus text, counted over all workers."""

import re
import signal

import pytest

from support.checks import API, check_problem
from support.http import Client
from support.live import Live, update_of
from support.parallel import at_once, eventually
from support.webserver import web_server

SAMPLE = re.compile(r'(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>[^{}]*)\})? (?P<value>\S+)')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
TYPES = {
    "bookreq_http_requests_total": "counter",
    "bookreq_http_request_seconds": "histogram",
    "bookreq_publish_total": "counter",
    "bookreq_publish_failures_total": "counter",
    "bookreq_database_errors_total": "counter",
    "bookreq_open_sockets": "gauge",
    "bookreq_events_replayed_total": "counter",
}
QUOTA = ("bookreq_http_requests_total", frozenset({("route", "GET /api/book-requests/quota"), ("status", "200")}))


def labels_of(text):
    """The labels of a sample; fails where anything is left over."""
    pairs = LABEL.findall(text or "")
    assert ",".join(f'{name}="{value}"' for name, value in pairs) == (text or ""), text
    return frozenset(pairs)


class Metrics:
    """The text exposition format, version 0.0.4, read strictly."""

    def __init__(self, text):
        self.types, self.helps, self.samples = {}, {}, {}
        assert text.endswith("\n")
        for line in text.splitlines():
            if line.startswith("# "):
                _, keyword, name, rest = line.split(" ", 3)
                kept = {"HELP": self.helps, "TYPE": self.types}[keyword]
                assert name not in kept and not any(sample[0].startswith(name) for sample in self.samples), line
                kept[name] = rest
            else:
                match = SAMPLE.fullmatch(line)
                assert match, line
                key = (match["name"], labels_of(match["labels"]))
                assert key not in self.samples, line
                assert self.family(match["name"]) in self.types, line
                self.samples[key] = float(match["value"])

    def family(self, name):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        return base if self.types.get(base) == "histogram" else name

    def value(self, name, **labels):
        return self.samples.get((name, frozenset(labels.items())), 0.0)

    def requests(self, route, status):
        return self.value("bookreq_http_requests_total", route=route, status=str(status))


@pytest.fixture(scope="module")
def anybody(stack):
    return Client(stack)


@pytest.fixture
def scrape(anybody):
    def scrape():
        answer = anybody.get("/metrics")
        assert answer.status == 200, answer
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"), answer.headers.as_string()
        return Metrics(answer.body.decode())

    return scrape


def test_names_and_types(scrape):
    metrics = scrape()
    assert metrics.types == TYPES
    assert set(metrics.helps) == set(TYPES)
    assert {metrics.family(name) for name, _ in metrics.samples} == set(TYPES)
    assert all(value >= 0 for value in metrics.samples.values())
    for name, labels in metrics.samples:
        expected = {"bookreq_http_requests_total": {"route", "status"}, "bookreq_http_request_seconds_bucket": {"le"}}.get(name, set())
        assert {label for label, _ in labels} == expected, name


def test_histogram(scrape, anybody):
    anybody.get("/healthz")
    metrics = scrape()
    buckets = sorted((float(dict(labels)["le"]), value) for (name, labels), value in metrics.samples.items() if name.endswith("_bucket"))
    counts = [count for _, count in buckets]
    assert counts == sorted(counts) and buckets[-1][0] == float("inf") and len(buckets) > 5
    total = metrics.value("bookreq_http_request_seconds_count")
    assert counts[-1] == total == sum(value for (name, _), value in metrics.samples.items() if name == "bookreq_http_requests_total")
    assert 0 < metrics.value("bookreq_http_request_seconds_sum") < total * 60


def test_every_request_is_counted_whoever_served_it(scrape, subscriber):
    subscriber.token
    before = scrape()
    at_once(8, lambda number: [subscriber.api.get(API + "/quota") for _ in range(10)])
    after = scrape()
    assert after.samples[QUOTA] - before.samples.get(QUOTA, 0) == 80
    assert {scrape().samples[QUOTA] for _ in range(12)} == {after.samples[QUOTA]}, "every worker says the same"


def test_routes_and_statuses(scrape, subscriber, anybody):
    request = subscriber.create()
    before = scrape()
    anybody.get(API + "/quota")
    subscriber.api.get(f"{API}/{request['id']}")
    subscriber.api.get(f"{API}/{2**40}")
    subscriber.api.post(f"{API}/{request['id']}/reply", {"user_reply": "?"})
    subscriber.api.post(API, {})
    anybody.get("/api/nothing")
    anybody.request("PUT", API)
    subscriber.create()
    after = scrape()
    counted = {key: after.samples[key] - before.samples.get(key, 0) for key in after.samples if key[0] == "bookreq_http_requests_total"}
    expected = {
        ("GET /api/book-requests/quota", "401"): 1,
        ("GET /api/book-requests/:id", "200"): 1,
        ("GET /api/book-requests/:id", "404"): 1,
        ("POST /api/book-requests/:id/reply", "409"): 1,
        ("POST /api/book-requests", "422"): 1,
        ("POST /api/book-requests", "201"): 1,
        ("none", "404"): 1,
        ("none", "405"): 1,
        ("GET /metrics", "200"): 1,
    }
    found = {(dict(labels)["route"], dict(labels)["status"]): count for (_, labels), count in counted.items() if count}
    assert found == expected


def test_labels_are_routes_never_what_clients_send(scrape, anybody):
    before = len(scrape().samples)
    for number in range(20):
        anybody.request("GET", f'/api/{number}%22%7D%0Ax')
    assert len(scrape().samples) <= before + 1


def test_publishes(scrape, subscriber):
    """They are counted when Redis has taken them, which may be after the answer."""
    before = scrape()
    subscriber.create()
    enough = before.value("bookreq_publish_total") + 2
    eventually(lambda: scrape().value("bookreq_publish_total") >= enough, "the owner's and the admins' channel")
    after = scrape()
    assert after.value("bookreq_publish_failures_total") == before.value("bookreq_publish_failures_total")
    assert after.value("bookreq_database_errors_total") == before.value("bookreq_database_errors_total")


def test_publishes_that_failed(scrape, stack, subscriber):
    before = scrape()
    (redis,) = stack.processes("redis-server")
    redis.kill(signal.SIGSTOP)
    try:
        subscriber.create()
        assert scrape().value("bookreq_publish_failures_total") > before.value("bookreq_publish_failures_total")
    finally:
        redis.kill(signal.SIGCONT)


def test_open_sockets(scrape, subscriber, team):
    before = scrape().value("bookreq_open_sockets")
    sockets = [Live(subscriber), Live(subscriber), Live(team)]
    assert scrape().value("bookreq_open_sockets") == before + 3
    for socket in sockets:
        socket.close()
    eventually(lambda: scrape().value("bookreq_open_sockets") == before, "closed sockets are not counted")


def test_replayed_events(scrape, subscriber):
    socket = Live(subscriber)
    cursor = socket.cursor
    socket.close()
    request = subscriber.create()
    before = scrape()
    socket = Live(subscriber, cursor)
    assert len(socket.until(update_of(request)) + socket.events(1)) == 2
    assert scrape().value("bookreq_events_replayed_total") == before.value("bookreq_events_replayed_total") + 2
    socket.close()


def test_counts_outlive_a_worker(scrape, stack, subscriber):
    assert subscriber.quota()
    before = scrape().samples[QUOTA]
    for worker in stack.processes("bookreq.fcgi"):
        worker.kill()
    eventually(lambda: Client(stack).raw("GET", "/readyz").status == 200, "the workers are back")
    assert scrape().samples[QUOTA] == before


def test_methods(anybody):
    assert anybody.request("HEAD", "/metrics").status == 200
    check_problem(anybody.request("DELETE", "/metrics"), 405, "method_not_allowed")


def test_for_loopback_only(stack, subscriber):
    with web_server(stack) as server:
        server.admit(subscriber.name)
        assert server.get_from_elsewhere("/healthz", subscriber.name).status == 200
        for path in ("/metrics", "/metrics/"):
            assert server.get_from_elsewhere(path, subscriber.name).status == 403
            assert server.client(subscriber.name).raw("GET", path).status == 200
