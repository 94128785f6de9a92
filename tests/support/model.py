"""What every audience must be told, worked out from the answers of the API alone."""

from collections import defaultdict


class Model:
    """Feed it every change with its answer, in order; `frames` is then what each user's sockets show, as live.summary() puts it."""

    def __init__(self, admins, subscribers):
        self.admins = admins
        self.users = [*admins, *subscribers]
        self.requests = {}
        self.used = defaultdict(int)
        self.unread = defaultdict(int)
        self.frames = {user: [] for user in self.users}

    @property
    def pending(self):
        return sum(request["status"] == "pending" for request in self.requests.values())

    def user(self, identity):
        return next(user for user in self.users if user.id == identity)

    def changed(self, actor, action, request):
        """`actor` did `action` (a route's last word); `request` is what the answer showed."""
        owner = self.user(request["user_id"])
        before, pending = self.requests.get(request["id"]), self.pending
        self.requests[request["id"]] = request
        name = {"create": "created", "respond": "status_changed", "fulfill": "status_changed", "accept": "accepted", "reply": "reply_added"}[action]
        for user in {owner, *self.admins}:
            self.frames[user].append(("book_request_update", name, request["id"], request["version"]))
        self._notify(actor, action, owner, request)
        self._charge(owner, before, request)
        if self.pending != pending:
            for admin in self.admins:
                self.frames[admin].append(("pending_count_update", self.pending))

    def _notify(self, actor, action, owner, request):
        kind = {"respond": "request_responded", "accept": "request_accepted", "fulfill": "request_fulfilled", "reply": "reply_received"}.get(action)
        user = self.user(request["responded_by_id"]) if action == "reply" else owner
        if kind is not None and user is not actor:
            self.unread[user] += 1
            self.frames[user].append(("notification", kind, request["id"], self.unread[user]))

    def _charge(self, owner, before, request):
        def charged(request):
            return request is not None and request["status"] != "rejected"

        change = charged(request) - charged(before)
        if change:
            self.used[owner] += change
            self.frames[owner].append(("quota_update", self.used[owner]))
