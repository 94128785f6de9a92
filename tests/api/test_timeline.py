"""GET {id}/timeline: what was done with one request."""

from support.checks import API


def timeline(user, request):
    answer = user.api.get(f"{API}/{request['id']}/timeline")
    assert answer.status == 200, answer
    return answer.json["timeline"]


def test_each_step_newest_first(tenant, team, subscriber):
    request = subscriber.create()
    subscriber.create()
    assert timeline(subscriber, request) == []
    team.act(request, "accept")
    tenant.creator.respond(request, "approved", response_message="Soon.")
    subscriber.act(request, "reply", user_reply="Thanks!")
    done = team.act(request, "fulfill")
    steps = timeline(subscriber, request)
    assert [(step["action"], step["actor"]) for step in reversed(steps)] == [
        ("accepted", team.reference),
        ("responded", tenant.creator.reference),
        ("replied", subscriber.reference),
        ("fulfilled", team.reference),
    ]
    assert [step["at"] for step in steps] == sorted((step["at"] for step in steps), reverse=True)
    assert steps[0]["at"] == done["updated_at"] and steps[2]["details"] == {"status": "approved", "previous_status": "pending"}
    assert all(step["book_request_id"] == request["id"] for step in steps)
    assert timeline(team, request) == steps


def test_only_so_much_is_told(tenant, subscriber):
    request = subscriber.create()
    for _ in range(101):
        tenant.creator.respond(request, "approved")
    assert len(timeline(subscriber, request)) == 100
