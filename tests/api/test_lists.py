"""GET of requests: one's own, one by id, and the admins' queue with its filters."""

import pytest

from support.checks import API, check_problem, check_quota, check_request
from support.people import Tenant

COUNTS = {"pending", "approved", "rejected", "fulfilled"}


def own(user, **query):
    answer = user.api.get(API + "/", query)
    assert answer.status == 200, answer
    assert set(answer.json) == {"book_requests", "quota", "next"}, answer
    for request in answer.json["book_requests"]:
        check_request(request, user_id=user.id)
    return answer.json


def queue(user, **query):
    answer = user.api.get(API + "/admin", query)
    assert answer.status == 200, answer
    assert set(answer.json) == {"book_requests", "counts", "pending_count", "total", "next"}, answer
    assert set(answer.json["counts"]) == COUNTS, answer
    assert answer.json["pending_count"] == answer.json["counts"]["pending"], answer
    for request in answer.json["book_requests"]:
        check_request(request)
    return answer.json


def ids(requests):
    return [request["id"] for request in requests]


def pages(get, **query):
    """The ids on each page, following `next`."""
    found = []
    answer = get(**query)
    while True:
        found.append(ids(answer["book_requests"]))
        if answer["next"] is None:
            return found
        answer = get(**query, before=answer["next"])


class Library:
    """A creator with two subscribers and a request in every state."""

    def __init__(self, stack):
        self.tenant = Tenant(stack)
        self.team = self.tenant.team_member()
        self.ann = self.tenant.subscriber("ann")
        self.bob = self.tenant.subscriber("bob")
        self.requests = [
            self.ann.create("Persuasion 100%", "Jane Austen"),
            self.team.respond(self.ann.create("Emma", "Jane Austen"), "approved"),
            self.team.respond(self.bob.create("snake_case", "Ada Łovelace"), "rejected"),
            self.team.respond(self.bob.create("Über alles", "Karl Mustermann"), "fulfilled"),
            self.bob.create("Snakes and cases", "J. A. Usten"),
        ]
        self.ids = ids(self.requests)
        self.month = self.requests[0]["month_year"]


@pytest.fixture(scope="module")
def library(stack):
    return Library(stack)


def test_own_list_is_newest_first(library):
    answer = own(library.ann)
    assert answer["book_requests"] == [library.requests[1], library.requests[0]] and answer["next"] is None
    check_quota(answer["quota"], used=2)
    assert ids(own(library.bob)["book_requests"]) == library.ids[4:1:-1]
    assert own(library.team)["book_requests"] == []


@pytest.mark.parametrize("status, indexes", [("pending", [4]), ("approved", []), ("rejected", [2]), ("fulfilled", [3]), ("", [4, 3, 2])])
def test_own_list_by_status(library, status, indexes):
    assert ids(own(library.bob, status=status)["book_requests"]) == [library.ids[i] for i in indexes]


def test_own_list_by_month(library):
    assert len(own(library.bob, month_year=library.month)["book_requests"]) == 3
    assert own(library.bob, month_year="1999-12")["book_requests"] == []


def test_own_list_in_pages(subscriber):
    made = [subscriber.create()["id"] for _ in range(5)]
    newest_first = made[::-1]
    assert pages(lambda **q: own(subscriber, **q), limit=2) == [newest_first[:2], newest_first[2:4], newest_first[4:]]
    assert pages(lambda **q: own(subscriber, **q), limit=5) == [newest_first]
    assert pages(lambda **q: own(subscriber, **q), limit=500) == [newest_first]
    before = own(subscriber, limit=2)["next"]
    subscriber.create()
    assert ids(own(subscriber, limit=2, before=before)["book_requests"]) == newest_first[2:4], "a new request does not shift the pages"


def test_default_limit(tenant, team):
    user = tenant.subscriber()
    tenant.allowance(user, 200)
    for _ in range(101):
        user.create()
    assert [len(page) for page in pages(lambda **q: own(user, **q))] == [100, 1]
    assert [len(page) for page in pages(lambda **q: queue(team, user_id=user.id, **q))] == [100, 1]


def test_queue_shows_the_creators_requests(library):
    for admin in (library.team, library.tenant.creator):
        answer = queue(admin)
        assert answer["book_requests"] == library.requests[::-1]
        assert answer["counts"] == {"pending": 2, "approved": 1, "rejected": 1, "fulfilled": 1}
        assert answer["total"] == 5 and answer["next"] is None


@pytest.mark.parametrize(
    "query, indexes",
    [
        ({"status": "pending"}, [4, 0]),
        ({"status": "fulfilled"}, [3]),
        ({"month_year": "1999-12"}, []),
        ({"q": "EMMA"}, [1]),
        ({"q": "jane aus"}, [1, 0]),
        ({"q": "snake"}, [4, 2]),
        ({"q": "e_c"}, [2]),
        ({"q": "0%"}, [0]),
        ({"q": "%"}, [0]),
        ({"q": "_"}, [2]),
        ({"q": "ÜBER"}, [3]),
        ({"q": "łOVEL"}, [2]),
        ({"q": "\\"}, []),
        ({"q": "  Emma  "}, [1]),
        ({"q": "", "status": "", "month_year": "", "user_id": "", "limit": "", "before": ""}, [4, 3, 2, 1, 0]),
        ({"q": "jane", "status": "approved"}, [1]),
    ],
)
def test_queue_filters(library, query, indexes):
    answer = queue(library.team, **query)
    assert ids(answer["book_requests"]) == [library.ids[i] for i in indexes]
    assert answer["total"] == len(indexes), "total is the filter's"
    assert answer["counts"] == {"pending": 2, "approved": 1, "rejected": 1, "fulfilled": 1}, "counts are the creator's"


def test_queue_by_user(library):
    assert ids(queue(library.team, user_id=library.bob.id)["book_requests"]) == library.ids[4:1:-1]
    assert ids(queue(library.team, q=library.ann.name.upper())["book_requests"]) == library.ids[1::-1]
    assert queue(library.team, user_id=library.team.id)["total"] == 0


def test_queue_of_users_out_of_sight(library, second_tenant, stack):
    stranger = second_tenant.subscriber()
    stranger.create()
    for user_id in (stranger.id, second_tenant.creator.id, 2**53):
        answer = queue(library.team, user_id=user_id)
        assert answer["book_requests"] == [] and answer["total"] == 0


def test_queue_in_pages(library):
    newest_first = library.ids[::-1]
    assert pages(lambda **q: queue(library.team, **q), limit=2) == [newest_first[:2], newest_first[2:4], newest_first[4:]]
    assert pages(lambda **q: queue(library.team, **q), limit=1, status="pending") == [[newest_first[0]], [newest_first[4]]]
    assert queue(library.team, limit=2)["total"] == 5


@pytest.mark.parametrize(
    "name, value",
    [("status", value) for value in ("open", "Pending", "pending,approved")]
    + [("month_year", value) for value in ("2025-13", "2025", "2025-1", "x")]
    + [("limit", value) for value in ("0", "501", "-1", "x", "1.5", "1e2", "+5", "99999999999999999999")]
    + [("before", value) for value in ("x", "-", "%", "1;", "'")],
)
@pytest.mark.parametrize("path", ["/", "/admin"])
def test_bad_query_values(library, path, name, value):
    check_problem(library.team.api.get(API + path, {name: value}), 422, "invalid", name)


@pytest.mark.parametrize("value", ["x", "1.0", "1x", "+1"])
def test_bad_user_id(library, value):
    check_problem(library.team.api.get(API + "/admin", {"user_id": value}), 422, "invalid", "user_id")


@pytest.mark.parametrize("query", ["q=%00", "q=a%00b", "q=%ff", "q=%ed%a0%80", "q=%c0%80"])
def test_query_text_that_is_none(library, query):
    check_problem(library.team.api.request("GET", f"{API}/admin?{query}"), 422, "invalid", "q")


@pytest.mark.parametrize("query", ["q=%", "q=%4", "q=%zz", "limit=1&limit=2", "limit=1&l%69mit=2"])
def test_unreadable_queries(library, query):
    check_problem(library.team.api.request("GET", f"{API}/admin?{query}"), 400, "bad_request")


def test_several_bad_query_values_are_all_listed(library):
    check_problem(library.team.api.get(API + "/admin", {"status": "x", "limit": "0", "user_id": "y"}), 422, "invalid", "status", "limit", "user_id")


def test_one_by_id(library):
    for request in library.requests:
        owner = library.ann if request["user_id"] == library.ann.id else library.bob
        for user in (owner, library.team, library.tenant.creator):
            answer = user.api.get(f"{API}/{request['id']}")
            assert answer.status == 200 and answer.json == {"book_request": request}, answer


def test_one_by_id_of_somebody_else(library):
    check_problem(library.ann.api.get(f"{API}/{library.ids[4]}"), 404, "not_found")


@pytest.mark.parametrize(
    "identity", ["0", "-1", "+1", "007", "1x", "1.0", "999999999999", "9223372036854775807", "9223372036854775808", "9" * 40, "x", "%20", "%ff"]
)
def test_one_by_id_that_is_none(library, identity):
    check_problem(library.team.api.get(f"{API}/{identity}"), 404, "not_found")
