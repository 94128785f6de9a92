"""What is no event, and was committed by a worker that died before it could tell: its successor tells it."""

import pytest

from strikes import arm
from support.checks import API, check_quota
from support.http import encode
from support.live import Live
from support.parallel import eventually
from support.people import Tenant


@pytest.fixture
def tenant(stack):
    return Tenant(stack)


@pytest.fixture
def socket(tenant):
    live = Live(tenant.subscriber("ann"))
    yield live
    live.close()


def killed_after_commit(client, path, fields=None):
    """The worker that does this POST does not come to its publishing."""
    order = arm(client.stack, "worker.after_commit", "kill")
    content_type, body = encode(fields or {}, "form")
    assert client.raw("POST", path, {"Content-Type": content_type}, body).status == 502
    eventually(lambda: not order.exists(), "a worker was killed")


def test_a_deactivation(tenant, socket):
    killed_after_commit(tenant.creator.api, f"/api/users/{socket.user.id}/deactivate")
    socket.ended("unauthenticated")


def test_a_tier(tenant, socket):
    killed_after_commit(tenant.creator.api, f"{API}/settings", {"tier_id": "Gold", "book_requests_allowed": 7})
    frame = socket.frame()
    assert frame["type"] == "quota_update" and "cursor" not in frame
    check_quota(frame["quota"], allowed=7)
