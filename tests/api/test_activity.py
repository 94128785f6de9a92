"""Who did what: every action leaves an entry that the admins can read."""

import pytest

from support.checks import API, check_problem, is_id, is_timestamp
from support.people import Tenant

ENTRY_KEYS = {"id", "at", "actor", "action", "book_request_id", "details"}


def page(user, **query):
    answer = user.api.get(API + "/activity", query)
    assert answer.status == 200 and set(answer.json) == {"activity", "next"}, answer
    for entry in answer.json["activity"]:
        assert set(entry) == ENTRY_KEYS and is_id(entry["id"]) and is_timestamp(entry["at"]), entry
        assert set(entry["actor"]) == {"id", "username"}, entry
        assert entry["details"] is None or isinstance(entry["details"], dict), entry
    return answer.json


def activity(user, **query):
    return page(user, **query)["activity"]


def summary(entries):
    return [(entry["actor"]["username"], entry["action"], entry["book_request_id"]) for entry in entries]


class Story:
    """A creator of whom everything happened once."""

    def __init__(self, stack):
        tenant = Tenant(stack)
        self.creator, self.team, ann = tenant.creator, tenant.team_member("team"), tenant.subscriber("ann")
        self.expected = []

        def did(user, action, request=None):
            self.expected.insert(0, (user.name, action, request and request["id"]))
            return request

        request = did(ann, "created", ann.create())
        did(self.team, "accepted", self.team.act(request, "accept"))
        did(self.team, "responded", self.team.respond(request, "approved", response_message="soon"))
        did(ann, "replied", ann.act(request, "reply", user_reply="thanks"))
        did(self.creator, "fulfilled", self.creator.act(request, "fulfill"))
        did(self.creator, "responded", self.creator.respond(request, "rejected"))
        did(self.team, "created", self.team.create())
        for path, fields in (("settings", {"book_requests_allowed": 7}), ("chapters-settings", {"chapters_allowed_per_book_request": 3})):
            assert self.creator.api.post(f"{API}/{path}", {"tier_id": "Gold", **fields}).status == 200
            did(self.creator, "settings_changed")
        for action, method, path in (
            ("team_added", "POST", "/api/team/add"),
            ("team_removed", "DELETE", f"/api/team/{ann.id}"),
            ("user_deactivated", "POST", f"/api/users/{ann.id}/deactivate"),
            ("user_activated", "POST", f"/api/users/{ann.id}/activate"),
        ):
            answer = self.creator.api.post(path, {"user_id": ann.id}) if method == "POST" else self.creator.api.request(method, path)
            assert answer.status in (200, 204), answer
            did(self.creator, action)
        self.ann, self.tenant = ann, tenant


@pytest.fixture(scope="module")
def story(stack):
    return Story(stack)


def test_everything(story):
    for admin in (story.creator, story.team):
        assert summary(activity(admin)) == story.expected, "newest first"
    when = [entry["at"] for entry in activity(story.creator)]
    assert when == sorted(when, reverse=True)


def test_details(story):
    by_action = {entry["action"]: entry["details"] for entry in activity(story.creator)}
    for action in ("team_added", "team_removed", "user_activated", "user_deactivated"):
        assert by_action[action] == {"user": story.ann.reference}, action
    assert by_action["settings_changed"]["title"] == "Gold"
    responses = [entry["details"]["status"] for entry in activity(story.creator) if entry["action"] == "responded"]
    assert responses == ["rejected", "approved"]


def test_pages(story):
    whole, found, query = activity(story.creator), [], {"limit": 4}
    while True:
        answer = page(story.team, **query)
        found.append(answer["activity"])
        if answer["next"] is None:
            break
        assert len(answer["activity"]) == 4
        query["before"] = answer["next"]
    assert sum(found, []) == whole and len(found) == 4
    assert page(story.team, limit=len(whole))["next"] is None


def test_filters(story):
    whole = activity(story.creator)
    month = whole[0]["at"][:7]
    for query, wanted in [
        ({"actor_id": story.ann.id}, lambda entry: entry["actor"]["id"] == story.ann.id),
        ({"action": "responded"}, lambda entry: entry["action"] == "responded"),
        ({"action": "created"}, lambda entry: entry["action"] == "created"),
        ({"actor_id": story.team.id, "action": "created", "month_year": month}, lambda entry: entry["actor"]["id"] == story.team.id and entry["action"] == "created"),
        ({"month_year": month}, lambda entry: entry["at"].startswith(month)),
        ({"month_year": "2001-01"}, lambda entry: False),
        ({"actor_id": 999999999999}, lambda entry: False),
    ]:
        assert activity(story.creator, **query) == [entry for entry in whole if wanted(entry)], query
    first = page(story.creator, action="responded", limit=1)
    assert first["activity"] + activity(story.creator, action="responded", before=first["next"]) == activity(story.creator, action="responded")


@pytest.mark.parametrize("name, value", [("actor_id", "0"), ("actor_id", "x"), ("action", "deleted"), ("month_year", "2025-13")])
def test_bad_filters(story, name, value):
    check_problem(story.team.api.get(API + "/activity", {name: value}), 422, "invalid", name)


@pytest.mark.parametrize("name, value", [("limit", value) for value in ("0", "501", "x", "-1", "1.5")] + [("before", value) for value in ("x", "-1", "%")])
def test_bad_queries(story, name, value):
    check_problem(story.team.api.get(API + "/activity", {name: value}), 422, "invalid", name)


def test_what_was_refused_did_not_happen(own_tenant):
    creator, ann = own_tenant.creator, own_tenant.subscriber()
    request = ann.create()
    before = activity(creator)
    for fields in ({"tier_id": "None", "book_requests_allowed": 1}, {"tier_id": "Gold", "book_requests_allowed": -1}):
        assert creator.api.post(API + "/settings", fields).status in (404, 422)
    assert creator.api.post(f"{API}/{request['id']}/fulfill").status == 409
    assert ann.api.post(f"{API}/{request['id']}/reply", {"user_reply": "?"}).status == 409
    assert ann.api.post(f"{API}/{request['id']}/accept").status == 403
    assert creator.api.post("/api/team/add", {"user_id": creator.id}).status == 404
    assert creator.api.post(f"/api/users/{ann.id}/activate").status == 204
    assert activity(creator) == before


def test_once_under_an_idempotency_key(own_tenant):
    ann = own_tenant.subscriber()
    for _ in range(3):
        assert ann.api.post(API + "/", {"title": "T", "author": "A"}, key="once").status == 201
    assert [entry["action"] for entry in activity(own_tenant.creator)] == ["created"]


def test_entries_outlive_the_account(own_tenant):
    team = own_tenant.team_member()
    request = own_tenant.subscriber().create()
    team.act(request, "accept")
    own_tenant.leave(team)
    own_tenant.deactivate(team)
    entry = activity(own_tenant.creator)[0]
    assert (entry["actor"], entry["action"]) == (team.reference, "accepted")


def test_roles(story, second_tenant):
    check_problem(story.tenant.subscriber().api.get(API + "/activity"), 403, "forbidden")
    names = {name for name, _, _ in story.expected}
    assert not names & {entry["actor"]["username"] for entry in activity(second_tenant.creator)}
