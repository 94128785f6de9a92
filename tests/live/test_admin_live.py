"""Who is there: the creator's admins, and how many sockets are open, following them as they open and close."""

from support.checks import API
from support.live import Live
from support.parallel import eventually


def live(user):
    answer = user.api.get(API + "/admin/live")
    assert answer.status == 200 and set(answer.json) == {"admin_ids", "online"}, answer
    assert set(answer.json["online"]) == {"admins", "subscribers"}, answer
    return answer.json


def shows(user, admins, subscribers):
    online = {"admins": admins, "subscribers": subscribers}
    eventually(lambda: live(user)["online"] == online, f"{online} at {user.name}")


def test_nobody_is_there(own_tenant):
    creator, team = own_tenant.creator, own_tenant.team_member()
    own_tenant.subscriber()
    for admin in (creator, team):
        assert live(admin) == {"admin_ids": [creator.id, team.id], "online": {"admins": 0, "subscribers": 0}}


def test_counts_follow_the_sockets(own_tenant, connect):
    creator, team, ann, bob = own_tenant.creator, own_tenant.team_member(), own_tenant.subscriber(), own_tenant.subscriber()
    sockets = [connect(ann)]
    assert live(team)["online"] == {"admins": 0, "subscribers": 1}, "a socket that is up is counted"
    sockets += [connect(ann), connect(bob), connect(creator), connect(team)]
    assert live(creator)["online"] == {"admins": 2, "subscribers": 3}
    sockets[0].close()
    sockets[2].drop()
    shows(creator, 2, 1)
    sockets[4].close()
    shows(creator, 1, 1)
    for socket in (sockets[1], sockets[3]):
        socket.close()
    shows(creator, 0, 0)


def test_another_creators_sockets_are_not_counted(own_tenant, second_tenant, connect):
    connect(second_tenant.subscriber())
    connect(second_tenant.creator)
    assert live(own_tenant.creator) == {"admin_ids": [own_tenant.creator.id], "online": {"admins": 0, "subscribers": 0}}


def test_a_team_change_moves_an_open_socket(own_tenant, connect):
    creator, ann = own_tenant.creator, own_tenant.subscriber()
    connect(ann)
    assert live(creator)["online"] == {"admins": 0, "subscribers": 1}
    assert creator.api.post("/api/team/add", {"user_id": ann.id}).status == 200
    shows(creator, 1, 0)
    assert live(creator)["admin_ids"] == [creator.id, ann.id]
    assert creator.api.request("DELETE", f"/api/team/{ann.id}").status == 204
    shows(creator, 0, 1)
    assert live(creator)["admin_ids"] == [creator.id]


def test_a_killed_bridge_is_counted_no_more(own_tenant, stack):
    ann = own_tenant.subscriber()
    before = {process.pid for process in stack.processes("bookreq-ws")}
    socket = Live(ann)
    shows(own_tenant.creator, 0, 1)
    (bridge,) = [process for process in stack.processes("bookreq-ws") if process.pid not in before]
    bridge.kill()
    shows(own_tenant.creator, 0, 0)
    socket.drop()
