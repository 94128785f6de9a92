"""POST reply: the owner answers an admin's response, once."""

import pytest

from support.checks import API, check_problem, check_request
from support.parallel import at_once

REPLY = {"user_reply": "Danke \U0001f600"}


@pytest.fixture
def request_(subscriber):
    return subscriber.create()


def reply(user, request, fields=REPLY, **options):
    return user.api.post(f"{API}/{request['id']}/reply", fields, **options)


@pytest.mark.parametrize("encoding", ["form", "multipart", "json"])
@pytest.mark.parametrize("status", ["pending", "approved", "fulfilled"])
def test_reply(team, subscriber, request_, encoding, status):
    before = team.respond(request_, status)
    answer = reply(subscriber, request_, {"user_reply": f"\n {REPLY['user_reply']} "}, encoding=encoding)
    assert answer.status == 200 and set(answer.json) == {"book_request"}, answer
    after = answer.json["book_request"]
    assert {name for name in after if after[name] != before[name]} == {"user_reply", "version", "updated_at"}
    check_request(after, version=3, **REPLY)
    check_problem(reply(subscriber, request_), 409, "already_replied")
    assert subscriber.api.get(f"{API}/{request_['id']}").json["book_request"] == after


def test_refusals_in_their_order(team, subscriber, request_):
    check_problem(reply(subscriber, request_), 409, "no_response_yet")
    team.act(request_, "accept")
    check_problem(reply(subscriber, request_), 409, "no_response_yet")
    team.respond(request_, "rejected")
    check_problem(reply(subscriber, request_), 409, "request_rejected")
    team.respond(request_, "approved")
    assert reply(subscriber, request_).status == 200
    team.respond(request_, "rejected")
    check_problem(reply(subscriber, request_), 409, "request_rejected")
    team.respond(request_, "pending")
    check_problem(reply(subscriber, request_), 409, "already_replied")


@pytest.mark.parametrize(
    "fields", [{}, {"user_reply": " \n"}, {"user_reply": "x" * 5001}, {"user_reply": "\U0001f600" * 5001}, {"user_reply": "a\0"}], ids=range(5)
)
def test_bad_replies(team, subscriber, request_, fields):
    team.respond(request_, "approved")
    check_problem(reply(subscriber, request_, fields), 422, "invalid", "user_reply")


def test_longest_reply(team, subscriber, request_):
    team.respond(request_, "approved")
    text = "\U0001f600" * 5000
    check_request(reply(subscriber, request_, {"user_reply": text}).json["book_request"], user_reply=text)


def test_parallel_replies(team, subscriber, request_):
    team.respond(request_, "approved")
    answers = at_once(8, lambda n: reply(subscriber, request_, {"user_reply": f"answer {n}"}))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7, answers
    (said,) = [answer.json["book_request"] for answer in answers if answer.status == 200]
    assert subscriber.api.get(f"{API}/{request_['id']}").json["book_request"] == said


def test_admins_see_but_do_not_own(tenant, team, request_):
    for admin in (team, tenant.creator):
        check_problem(reply(admin, request_), 403, "not_owner")
    team.respond(request_, "rejected")
    check_problem(reply(team, request_), 403, "not_owner")


def test_other_subscribers_do_not_even_see(tenant, team, request_):
    team.respond(request_, "approved")
    check_problem(reply(tenant.subscriber(), request_), 404, "not_found")


def test_an_admin_replies_to_the_response_on_his_own_request(tenant, team):
    request = team.create()
    tenant.creator.respond(request, "approved")
    check_request(reply(team, request).json["book_request"], **REPLY)
