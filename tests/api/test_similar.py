"""GET similar: what is asked for or there already, while a title is being typed. Which titles are alike: tests/sql/books.sql."""

import pytest

from support.checks import API, check_problem


def similar(user, title, **query):
    answer = user.api.get(API + "/similar", {"title": title, **query})
    assert answer.status == 200, answer
    return answer.json["similar"]


def test_own_ones_and_fulfilled_ones(own_tenant):
    team, ann, bob = own_tenant.team_member(), own_tenant.subscriber("ann"), own_tenant.subscriber("bob")
    own = ann.create("The Name of the Rose", "Umberto Eco")
    theirs = bob.create("Name of the Wind, The", "Patrick Rothfuss", link="https://example.org/wind", description="please")
    assert similar(bob, "name of") == [
        {"own": True, "id": theirs["id"], "title": theirs["title"], "author": theirs["author"], "status": "pending", "link": theirs["link"]}
    ]
    team.respond(theirs, "fulfilled", response_message="for bob")
    answer = ann.api.get(API + "/similar", {"title": "name of", "author": "Patrick Rothfuss"})
    assert answer.json["similar"] == [
        {"own": True, "id": own["id"], "title": own["title"], "author": own["author"], "status": "pending", "link": None},
        {"own": False, "id": None, "title": theirs["title"], "author": theirs["author"], "status": "fulfilled", "link": theirs["link"]},
    ]
    assert bob.name.encode() not in answer.body and b"for bob" not in answer.body, "who asked is not told"


def test_another_creators_books(own_tenant, second_tenant):
    ann = own_tenant.subscriber()
    own_tenant.creator.respond(ann.create("Middlemarch"), "fulfilled")
    assert similar(own_tenant.subscriber(), "middlemarch")
    assert similar(second_tenant.creator, "middlemarch") == []


@pytest.mark.parametrize("title", ["%", "_____", "\\", "'; DROP TABLE book_requests; --", "a" * 500, "\U0001f4d6\U0001f4d6\U0001f4d6", "İstanbul", "\x01\x02"])
def test_odd_titles(subscriber, title):
    assert similar(subscriber, title) == []
    subscriber.create(title)
    assert [book["title"] for book in similar(subscriber, title)] in ([title], []), "found, but where it has no letter"


@pytest.mark.parametrize("query, field", [({}, "title"), ({"title": " "}, "title"), ({"title": "x" * 501}, "title"), ({"title": "x", "author": "x" * 301}, "author")])
def test_bad_queries(subscriber, query, field):
    check_problem(subscriber.api.get(API + "/similar", query), 422, "invalid", field)
