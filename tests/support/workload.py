"""Random actions of a few people on one creator's requests."""

from support.checks import API
from support.people import Tenant, unique

STATUSES = ["pending", "approved", "rejected", "fulfilled"]


class Workload:
    def __init__(self, stack, random, requests=1000):
        self.random = random
        self.tenant = Tenant(stack, requests=requests)
        self.admins = [self.tenant.creator, self.tenant.team_member()]
        self.subscribers = [self.tenant.subscriber() for _ in range(3)]
        self.requests = {}

    def step(self):
        """One action that may be refused: who, what, and the answer."""
        random = self.random
        known = list(self.requests.values())
        action = random.choice(["create", "create", "respond", "respond", "respond", "accept", "fulfill", "reply"]) if known else "create"
        request = random.choice(known) if known else None
        if action == "create":
            actor = random.choice([*self.subscribers, self.admins[1]])
            answer = actor.api.post(API + "/", {"title": unique("Book"), "author": "A", "description": "x" * random.choice([0, 10, 5000])})
        else:
            fields = {"respond": {"status": random.choice(STATUSES), "response_message": random.choice(["", "m" * 4000])}, "reply": {"user_reply": "r"}}.get(action, {})
            everybody = [*self.admins, *self.subscribers]
            actor = next(user for user in everybody if user.id == request["user_id"]) if action == "reply" else random.choice(self.admins)
            answer = actor.api.post(f"{API}/{request['id']}/{action}", fields)
        return actor, action, answer

    def keep(self, request):
        """Remembers the newest version of a request."""
        known = self.requests.get(request["id"])
        if known is None or known["version"] < request["version"]:
            self.requests[request["id"]] = request
