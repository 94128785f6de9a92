"""POST /api/book-requests/: what a new request looks like, and what it must not contain."""

import pytest

from support.checks import API, check_problem, check_quota, check_request
from support.parallel import at_once
from support.people import unique

EMOJI = "\U0001f4da"


@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
def test_created(tenant, subscriber, encoding):
    fields = {"title": "Dune", "author": "Frank Herbert", "link": "https://example.org/dune?a=1&b=2", "description": "The long one\nof 1965 – „bitte“"}
    answer = subscriber.api.post(API + "/", fields, encoding=encoding)
    assert answer.status == 201, answer
    assert answer.headers["Content-Type"].split(";")[0] == "application/json"
    assert set(answer.json) == {"book_request", "quota"}
    check_quota(answer.json["quota"], allowed=100, used=1)
    check_request(
        answer.json["book_request"], **fields, user_id=subscriber.id, user=subscriber.reference, status="pending", version=1,
        responded_by_id=None, response_message=None, response_date=None, accepted_by_id=None, accepted_at=None, user_reply=None,
        responder=None, month_year=answer.json["quota"]["current_month"],
    )  # fmt: skip
    assert answer.json["book_request"]["created_at"] == answer.json["book_request"]["updated_at"]


def test_optional_fields_are_null(subscriber):
    check_request(subscriber.create(), link=None, description=None)
    check_request(subscriber.create(link=" ", description="\t\r\n"), link=None, description=None)


@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
def test_text_is_trimmed(subscriber, encoding):
    answer = subscriber.api.post(API + "/", {"title": " \t Dune  Messiah\r\n", "author": "\fF. Herbert\v"}, encoding=encoding)
    check_request(answer.json["book_request"], title="Dune  Messiah", author="F. Herbert")


def test_unknown_fields_are_ignored(subscriber):
    check_request(subscriber.create(status="approved", id="7", user_id="1", nonsense="x"), status="pending", user_id=subscriber.id)


def test_control_characters_are_text(subscriber):
    check_request(subscriber.create(title="a\x01b\x7fc", description="tab\there"), title="a\x01b\x7fc", description="tab\there")


@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
@pytest.mark.parametrize("field, limit", [("title", 500), ("author", 300), ("description", 5000)])
def test_longest_text_is_counted_in_code_points(subscriber, encoding, field, limit):
    fields = {"title": unique("Book"), "author": "A", field: EMOJI * limit}
    answer = subscriber.api.post(API + "/", fields, encoding=encoding)
    assert answer.status == 201, answer
    assert answer.json["book_request"][field] == EMOJI * limit
    check_problem(subscriber.api.post(API + "/", {**fields, field: EMOJI * (limit + 1)}, encoding=encoding), 422, "invalid", field)


def test_longest_link(subscriber):
    link = "https://example.org/".ljust(2000, "x")
    check_request(subscriber.create(link=link), link=link)
    check_problem(subscriber.api.post(API + "/", {"title": "T", "author": "A", "link": link + "x"}), 422, "invalid", "link")


@pytest.mark.parametrize("link", ["http://example.org", "https://example.org/b/1#x", "https://bücher.example/ä"])
def test_links(subscriber, link):
    check_request(subscriber.create(link=link), link=link)


@pytest.mark.parametrize("link", ["ftp://example.org/x", "javascript:alert(1)", "example.org", "//example.org/", "httpsx://example.org", "data:,x", "x"])
def test_other_links_are_refused(subscriber, link):
    check_problem(subscriber.api.post(API + "/", {"title": "T", "author": "A", "link": link}), 422, "invalid", "link")


@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
@pytest.mark.parametrize(
    "fields, bad",
    [
        ({}, ["title", "author"]),
        ({"title": "T"}, ["author"]),
        ({"title": "", "author": " \t\n"}, ["title", "author"]),
        ({"title": "x" * 501, "author": "y" * 301, "link": "ftp://x", "description": "z" * 5001}, ["title", "author", "link", "description"]),
        ({"title": "T", "author": "A", "allow_duplicate": "maybe"}, ["allow_duplicate"]),
        ({"title": "T\0", "author": "A"}, ["title"]),
    ],
)
def test_all_bad_fields_are_listed(subscriber, encoding, fields, bad):
    check_problem(subscriber.api.post(API + "/", fields, encoding=encoding), 422, "invalid", *bad)
    check_quota(subscriber.quota(), used=0)


def test_duplicate_is_refused(subscriber):
    first = subscriber.create(title="The  Left Hand of Darkness", author="Ursula K. Le Guin")
    same = {"title": " the left\thand OF\ndarkness ", "author": "URSULA K.  LE GUIN"}
    check_problem(subscriber.api.post(API + "/", same), 409, "duplicate_request")
    check_problem(subscriber.api.post(API + "/", {**same, "allow_duplicate": "false"}), 409, "duplicate_request")
    check_quota(subscriber.quota(), used=1)
    allowed = subscriber.api.post(API + "/", {**same, "allow_duplicate": "true"})
    assert allowed.status == 201 and allowed.json["book_request"]["id"] != first["id"], allowed
    assert subscriber.create(title=first["title"], author="Somebody else")


def test_duplicate_compares_letters_of_any_script(subscriber):
    subscriber.create(title="ÄRGER im Büro", author="Жюль Верн")
    check_problem(subscriber.api.post(API + "/", {"title": "ärger im BÜRO", "author": "ЖЮЛЬ ВЕРН"}), 409, "duplicate_request")


def test_allow_duplicate_as_json_boolean(subscriber):
    subscriber.create(title="Emma", author="Jane Austen")
    fields = {"title": "Emma", "author": "Jane Austen"}
    check_problem(subscriber.api.post(API + "/", {**fields, "allow_duplicate": False}, encoding="json"), 409, "duplicate_request")
    assert subscriber.api.post(API + "/", {**fields, "allow_duplicate": True}, encoding="json").status == 201


@pytest.mark.parametrize("status, open_", [("approved", True), ("rejected", False), ("fulfilled", False)])
def test_only_open_requests_are_duplicates(team, subscriber, status, open_):
    title = unique("Book")
    team.respond(subscriber.create(title=title), status)
    answer = subscriber.api.post(API + "/", {"title": title, "author": "Mary Shelley"})
    if open_:
        check_problem(answer, 409, "duplicate_request")
    else:
        assert answer.status == 201, answer


def test_other_users_may_ask_for_the_same(tenant, subscriber):
    title = unique("Book")
    subscriber.create(title=title)
    check_request(tenant.subscriber().create(title=title), title=title)


def test_parallel_duplicates(subscriber):
    answers = at_once(8, lambda _: subscriber.api.post(API + "/", {"title": "Ulysses", "author": "James Joyce"}))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7, answers
    check_quota(subscriber.quota(), used=1)


def test_team_members_and_creators_ask_too(tenant, team):
    check_request(team.create(), user=team.reference)
    tenant.allowance(tenant.creator, 3)
    check_request(tenant.creator.create(), user=tenant.creator.reference)
    check_quota(tenant.creator.quota(), allowed=3, used=1)
