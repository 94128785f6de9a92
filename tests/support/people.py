"""Creators, team members and subscribers, made by bookreqctl. Names are never used twice, so tests share a stack without meeting."""

import secrets
from functools import cached_property

from support.checks import API
from support.http import Client, own_address


def unique(prefix):
    return f"{prefix}-{secrets.token_hex(5)}"


class User:
    def __init__(self, stack, identity, name, email, creator=None, password=None):
        self.stack = stack
        self.id = identity
        self.name = name
        self.email = email
        self.creator = creator
        self.password = password

    @cached_property
    def token(self):
        return self.stack.ctl_json("token", "add", self.name)["token"]

    @cached_property
    def api(self):
        """A client with a command-line token: no password is hashed for it."""
        return Client(self.stack, token=self.token)

    def login(self, source=None):
        """A new session: the token of its cookie."""
        client = Client(self.stack, source=source or own_address(), headers={"Sec-Fetch-Site": "same-origin"})
        answer = client.post("/api/auth/login", {"username": self.name, "password": self.password})
        assert answer.status == 200, answer
        return answer.json["token"]

    def browser(self, cookie):
        """A client that holds a session's cookie and is on the stack's own pages."""
        return Client(self.stack, cookie=cookie, headers={"Sec-Fetch-Site": "same-origin"})

    def create(self, title=None, author="Mary Shelley", **fields):
        """A new book request; its object."""
        answer = self.api.post(API + "/", {"title": title or unique("Book"), "author": author, **fields})
        assert answer.status == 201, answer
        return answer.json["book_request"]

    def act(self, request, action, **fields):
        """respond, accept, fulfill or reply to a request, which must work; the request's new object."""
        answer = self.api.post(f"{API}/{request['id']}/{action}", fields)
        assert answer.status == 200, answer
        return answer.json["book_request"]

    def respond(self, request, status, **fields):
        return self.act(request, "respond", status=status, **fields)

    def quota(self):
        answer = self.api.get(API + "/quota")
        assert answer.status == 200, answer
        return answer.json

    @property
    def reference(self):
        """How this user appears inside other objects."""
        return {"id": self.id, "username": self.name}


class Tenant:
    """One creator with a tier; users are added as a test needs them."""

    def __init__(self, stack, requests=100, chapters=10, password=None):
        self.stack = stack
        name = unique("creator")
        self.creator = self._add(["creator", "add", name], name, password=password)
        self.tier = "Gold"
        self.set_tier(self.tier, requests, chapters)

    def _add(self, command, name, email=None, creator=None, password=None):
        email = email or f"{name}@example.org"
        command = [*command, "--email", email]
        if password is not None:
            command.append("--password-stdin")
        answer = self.stack.ctl_json(*command, stdin=password)
        return User(self.stack, answer["id"], name, email, creator, password)

    def set_tier(self, title, requests, chapters=10):
        self.stack.ctl("tier", "set", "--creator", self.creator.name, title, "--requests", str(requests), "--chapters", str(chapters))

    def subscriber(self, prefix="sub", tier="Gold", password=None):
        name = unique(prefix)
        command = ["user", "add", name, "--creator", self.creator.name]
        if tier is not None:
            command += ["--tier", tier]
        return self._add(command, name, creator=self.creator, password=password)

    def team_member(self, prefix="team", **options):
        user = self.subscriber(prefix, **options)
        self.join(user)
        return user

    def join(self, user):
        self.stack.ctl("team", "add", "--creator", self.creator.name, user.name)

    def leave(self, user):
        self.stack.ctl("team", "remove", "--creator", self.creator.name, user.name)

    def allowance(self, user, value):
        self.stack.ctl("user", "set", user.name, "--allowance", str(value))

    def deactivate(self, user):
        self.stack.ctl("user", "deactivate", user.name)
