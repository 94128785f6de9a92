"""A client that reads late: only its position is kept, nobody else notices, and in the end it has everything."""

import socket
from concurrent.futures import ThreadPoolExecutor

from support.flood import flood
from support.live import update_of
from support.people import Tenant


def test_a_client_that_reads_late(stack, connect):
    tenant = Tenant(stack)
    ann, team = tenant.subscriber(), tenant.team_member()
    late = connect(ann, sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**17)])
    others = [connect(ann), connect(team)]
    with ThreadPoolExecutor(1) as pool:
        flooding = pool.submit(flood, ann, team, 160)
        seen = [opened.until(lambda frame: frame.get("book_request", {}).get("version") == 163) for opened in others]
        versions = flooding.result()
    assert [frame["book_request"] for frame in seen[1] if frame["type"] == "book_request_update"][2:] == versions
    assert late.events(len(seen[0])) == seen[0], "the same frames, each once, in the same order"
    for opened in (late, others[0]):
        assert opened.event()["type"] == "notification"
    request = ann.create()
    late.until(update_of(request))
