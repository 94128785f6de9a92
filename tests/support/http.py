"""An HTTP client that sends exactly what it is told to, one connection per request."""

import http.client
import json
import re
import secrets
from urllib.parse import quote, urlencode

from support.openapi import description

SECONDS = 60
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body.decode("utf-8"))

    def __repr__(self):
        return f"<{self.status} {self.body[:2000].decode('utf-8', 'replace')}>"


def multipart(fields, boundary="b0undary"):
    """The body of multipart/form-data; fields is a dict or a list of pairs, values text or bytes."""
    pairs = fields.items() if isinstance(fields, dict) else fields
    body = b""
    for name, value in pairs:
        value = value if isinstance(value, bytes) else str(value).encode()
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()


def encode(fields, encoding):
    """(content type, body) of the fields in one of the three encodings that every POST takes."""
    if encoding == "json":
        return "application/json", json.dumps(fields).encode()
    flat = {name: {True: "true", False: "false"}[value] if isinstance(value, bool) else value for name, value in fields.items()}
    if encoding == "multipart":
        return "multipart/form-data; boundary=b0undary", multipart(flat)
    return "application/x-www-form-urlencoded", urlencode(flat).encode()


class Client:
    """Requests to a stack with one set of credentials. Every answer is checked for the headers that all carry, and against docs/openapi.yaml."""

    def __init__(self, stack, token=None, cookie=None, source=None, headers=None):
        self.stack = stack
        self.source = source
        self.headers = dict(headers or {})
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"
        if cookie is not None:
            self.headers["Cookie"] = f"bookreq_session={cookie}"

    def raw(self, method, path, headers=None, body=None, chunked=False):
        connection = http.client.HTTPConnection(
            self.stack.host, self.stack.port, timeout=SECONDS, source_address=(self.source, 0) if self.source else None
        )
        try:
            merged = {**self.headers, **(headers or {})}
            try:
                connection.request(method, path, body=body, headers=merged, encode_chunked=chunked)
            except (BrokenPipeError, ConnectionResetError):
                pass  # a body that is refused early: the answer is there to be read
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def request(self, method, path, headers=None, body=None, chunked=False):
        answer = self.raw(method, path, headers, body, chunked)
        assert REQUEST_ID.fullmatch(answer.headers.get("X-Request-Id", "")), (answer, answer.headers.as_string())
        assert answer.headers.get("Cache-Control") == "no-store", (answer, answer.headers.as_string())
        assert answer.headers.get("X-Content-Type-Options") == "nosniff", (answer, answer.headers.as_string())
        description().check(method, path, answer)
        return answer

    def get(self, path, query=None, headers=None):
        return self.request("GET", path + ("?" + urlencode(query, quote_via=quote) if query else ""), headers)

    def post(self, path, fields=None, encoding="form", key=None, headers=None):
        content_type, body = encode(fields or {}, encoding)
        return self.send(path, content_type, body, key, headers)

    def send(self, path, content_type, body, key=None, headers=None, chunked=False):
        """POSTs the bytes as they are; chunked: without a Content-Length."""
        headers = dict(headers or {})
        if content_type is not None:
            headers["Content-Type"] = content_type
        if key is not None:
            headers["Idempotency-Key"] = key
        if chunked:
            headers["Transfer-Encoding"] = "chunked"
            body = [body[i : i + 8192] for i in range(0, len(body), 8192)]
        return self.request("POST", path, headers, body, chunked)


_next_address = iter(range(secrets.randbelow(2**20), 2**24 - 2))


def own_address():
    """A loopback address that no other test sends from: failed log-ins are counted by address."""
    number = next(_next_address) + 2
    return f"127.{number >> 16}.{number >> 8 & 255}.{number & 255}"
