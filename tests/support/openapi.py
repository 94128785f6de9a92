"""What docs/openapi.yaml says, and whether an answer or a frame is as it says."""

import json
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs/openapi.yaml"
METHODS = ("get", "post", "delete")


def close(node):
    """Clients must ignore members that they do not know; here an undescribed one is a fault."""
    if isinstance(node, dict):
        if "properties" in node and "object" in node.get("type", []):
            node.setdefault("additionalProperties", False)
        for value in node.values():
            close(value)
    elif isinstance(node, list):
        for value in node:
            close(value)


class Description:
    def __init__(self, document):
        self.document = document
        close(self.document)
        self.resolver = jsonschema.RefResolver("", self.document)
        self.validators = {}
        schemas = self.document["components"]["schemas"]
        self.frames = {self.resolve(kind)["properties"]["type"]["const"]: self.resolve(kind) for kind in schemas["Frame"]["oneOf"]}
        self.patterns = [(re.compile(re.sub(r"\\{\w+\\}", "[1-9][0-9]{0,18}", re.escape(path))), path) for path in document["paths"]]

    def resolve(self, node):
        """What the node's $ref stands for, or the node itself."""
        return self.resolver.resolve(node["$ref"])[1] if "$ref" in node else node

    def expand(self, schema):
        """The schema without $refs, which take most of a check's time; none refers to itself."""
        if isinstance(schema, list):
            return [self.expand(value) for value in schema]
        if not isinstance(schema, dict):
            return schema
        expanded = {key: self.expand(value) for key, value in schema.items() if key != "$ref"}
        return {**self.expand(self.resolve(schema)), **expanded} if "$ref" in schema else expanded

    def validator(self, schema):
        """Made once for each schema of the document, which all live as long as this does."""
        if id(schema) not in self.validators:
            self.validators[id(schema)] = jsonschema.Draft202012Validator(self.expand(schema))
        return self.validators[id(schema)]

    def path_of(self, target):
        """The path item of a request's target, None where there is none."""
        path = unquote(target.split("?")[0])
        path = path[:-1] if len(path) > 1 and path.endswith("/") else path
        if path in self.document["paths"]:
            return self.document["paths"][path]
        for pattern, name in self.patterns:
            if pattern.fullmatch(path):
                return self.document["paths"][name]
        return None

    def response_of(self, method, target, status):
        """The response object that is to describe the answer; None where the answer is not described."""
        item, method = self.path_of(target), method.lower().replace("head", "get")
        if item is None:
            name, responses = "404", {"404": self.document["components"]["responses"]["NotFound"]}
        elif method == "options":
            name, responses = "204", {"204": {"description": "The methods are in Allow."}}
        elif method not in item:
            name, responses = "405", {"405": self.document["components"]["responses"]["MethodNotAllowed"]}
        else:
            name, responses = str(status), item[method]["responses"]
        return self.resolve(responses[name]) if name == str(status) and name in responses else None

    def check(self, method, target, answer):
        """Fails unless status, content type and body are those of the document."""
        response = self.response_of(method, target, answer.status)
        assert response is not None, f"{method} {target}: status {answer.status} is not described: {answer}"
        if "content" not in response or method == "HEAD":
            assert answer.body == b"", (method, target, answer)
            return
        content_type = (answer.headers.get("Content-Type") or "").split(";")[0]
        assert content_type in response["content"], (method, target, content_type, answer)
        body = json.loads(answer.body) if content_type.endswith("json") else answer.body.decode("utf-8")
        self.check_value(response["content"][content_type]["schema"], body, f"{method} {target}")
        if content_type == "application/problem+json":
            assert body["status"] == answer.status and body["type"].endswith(":" + body["code"]), (method, target, answer)

    def check_value(self, schema, value, what):
        error = jsonschema.exceptions.best_match(self.validator(schema).iter_errors(value))
        assert error is None, f"{what}: {error.json_path}: {error.message}\nin {json.dumps(value)[:2000]}"

    def check_frame(self, frame):
        assert frame.get("type") in self.frames, frame
        self.check_value(self.frames[frame["type"]], frame, "frame")


@lru_cache(maxsize=None)
def description():
    with open(FILE, encoding="utf-8") as file:
        return Description(yaml.load(file, yaml.CSafeLoader))
