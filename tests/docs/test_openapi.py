"""docs/openapi.yaml: well formed, and the same as the route table, in both directions."""

import copy
import re

import jsonschema
import pytest
import yaml
from programs import ROOT, output

from support.openapi import FILE, METHODS, Description

with open(FILE, encoding="utf-8") as file:
    DOCUMENT = yaml.load(file, yaml.CSafeLoader)
DESCRIPTION = Description(copy.deepcopy(DOCUMENT))
OPERATIONS = {
    (method.upper(), path): item[method] for path, item in DOCUMENT["paths"].items() for method in item if method != "parameters"
}
every_operation = pytest.mark.parametrize("method, path", OPERATIONS, ids=[" ".join(key) for key in OPERATIONS])
FORMS = ["application/x-www-form-urlencoded", "multipart/form-data", "application/json"]
NO_BODY = {"101", "204"}
FIELD = re.compile(r"(?P<name>\w+)(?P<required>\*?):(?P<type>\w+)(\((?P<limits>.*)\))?")


def walk(node, where=""):
    """Every object in the document, with its place."""
    if isinstance(node, dict):
        yield where, node
        for key, value in node.items():
            yield from walk(value, f"{where}/{key}")
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from walk(value, f"{where}/{i}")


def schemas():
    """Every schema that stands at a place of its own."""
    for name, schema in DOCUMENT["components"]["schemas"].items():
        yield f"schemas/{name}", schema
    for where, node in walk(DOCUMENT):
        if isinstance(node.get("schema"), dict):
            yield where, node["schema"]


class Route:
    """One line of bookreq.fcgi --routes."""

    def __init__(self, line):
        self.method, self.path, self.role, *takes = line.split()
        self.key = "Idempotency-Key" in takes
        self.fields = {}
        for text in takes:
            if text != "Idempotency-Key":
                field = FIELD.fullmatch(text)
                assert field, line
                self.fields[field["name"]] = field


@pytest.fixture(scope="module")
def routes():
    table = [Route(line) for line in output("bookreq.fcgi", "--routes").splitlines()]
    assert len({(route.method, route.path) for route in table}) == len(table) > 0
    return {(route.method, route.path): route for route in table}


def row_of(method, path):
    return method, re.sub(r"\{\w+\}", ":id", path)


def resolved(node):
    return DESCRIPTION.resolve(node)


def parameters(method, path):
    item = DOCUMENT["paths"][path]
    return [resolved(parameter) for parameter in item.get("parameters", []) + item[method.lower()].get("parameters", [])]


def described_fields(method, path):
    """name → (schema, whether required), of the query or the body."""
    if method == "GET":
        return {p["name"]: (resolved(p["schema"]), p.get("required", False)) for p in parameters(method, path) if p["in"] == "query"}
    body = OPERATIONS[method, path].get("requestBody")
    if body is None:
        return {}
    schema = resolved(body["content"]["application/json"]["schema"])
    return {name: (resolved(value), name in schema.get("required", [])) for name, value in schema["properties"].items()}


def test_same_paths_and_methods(routes):
    described = {row_of(*key) for key in OPERATIONS}
    assert len(described) == len(OPERATIONS)
    assert set(routes) - described == set(), "routes that are not described"
    assert described - set(routes) == set(), "described operations that have no route"


@every_operation
def test_same_role(routes, method, path):
    operation = OPERATIONS[method, path]
    role = routes[row_of(method, path)].role
    assert operation["x-role"] == role
    assert operation.get("security", DOCUMENT["security"]) == ([] if role == "none" else DOCUMENT["security"])
    if role != "none":
        assert "401" in operation["responses"]
    if role in ("admin", "creator"):
        assert "403" in operation["responses"]


@every_operation
def test_same_fields(routes, method, path):
    described, fields = described_fields(method, path), routes[row_of(method, path)].fields
    assert set(described) == set(fields)
    for name, field in fields.items():
        schema, required = described[name]
        if field["type"] == "cursor":  # the handler judges it
            continue
        assert required == (field["required"] == "*"), name
        check_field(schema, field)
    if fields and method == "POST":
        assert "422" in OPERATIONS[method, path]["responses"]


def check_field(schema, field):
    name, kind, limits = field["name"], field["type"], field["limits"]
    if kind in ("text", "password", "link"):
        assert schema["type"] == "string", name
        assert f"{schema['minLength']}..{schema['maxLength']}" == limits, name
        assert (schema.get("format") == "password") == (kind == "password"), name
    elif kind == "integer":
        assert schema["type"] == "integer", name
        assert f"{schema['minimum']}..{schema['maximum']}" == limits, name
    elif kind == "choice":
        assert "|".join(schema["enum"]) == limits, name
    elif kind == "ids":
        assert schema["type"] == "array" and resolved(schema["items"])["type"] == "integer", name
    elif kind == "boolean":
        assert schema["type"] == "boolean", name
    else:
        assert kind == "month" and schema == DOCUMENT["components"]["schemas"]["Month"], name


@every_operation
def test_same_idempotency_key(routes, method, path):
    described = any(p["in"] == "header" and p["name"] == "Idempotency-Key" for p in parameters(method, path))
    assert described == routes[row_of(method, path)].key


@every_operation
def test_operation_is_complete(method, path):
    operation = OPERATIONS[method, path]
    assert method.lower() in METHODS
    assert operation["summary"] and operation["operationId"]
    assert set(operation["tags"]) <= {tag["name"] for tag in DOCUMENT["tags"]}
    assert {p["name"] for p in parameters(method, path) if p["in"] == "path"} == set(re.findall(r"\{(\w+)\}", path))
    for p in parameters(method, path):
        assert p["in"] != "path" or p["required"] is True
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]
        assert list(content) == FORMS and len({str(content[form]["schema"]) for form in FORMS}) == 1
    assert any(re.fullmatch("[12]..", status) for status in operation["responses"])
    for status, response in operation["responses"].items():
        response = resolved(response)
        assert response["description"]
        assert ("content" in response) == (status not in NO_BODY), status
        for media in response.get("content", {}).values():
            assert "schema" in media, status


def test_operation_ids_are_unique():
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert sorted(ids) == sorted(set(ids))


def test_header_of_the_document():
    assert DOCUMENT["openapi"] == "3.1.0"
    assert f"bookreq {DOCUMENT['info']['version']}\n" == output("bookreq.fcgi", "--version")


def test_every_reference_resolves_and_every_component_is_referred_to():
    references = {node["$ref"] for _, node in walk(DOCUMENT) if "$ref" in node}
    for reference in references:
        assert isinstance(resolved({"$ref": reference}), dict), reference
    components = {
        f"#/components/{kind}/{name}"
        for kind, all_of_kind in DOCUMENT["components"].items()
        if kind != "securitySchemes"
        for name in all_of_kind
    }
    # said in words: what no operation lists
    assert components - references == {"#/components/responses/MethodNotAllowed", "#/components/schemas/Frame"}


def test_every_schema_is_a_schema():
    count = 0
    for where, schema in schemas():
        count += 1
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            pytest.fail(f"{where}: {error.message}")
    assert count > 100


def test_answers_leave_nothing_out():
    """Absent values are null: every member is required, but those of some problems and the cursor of some quota updates."""
    optional = set()
    for where, node in walk({name: DOCUMENT[name] for name in ("paths", "components")}):
        if "object" in node.get("type", []) and "properties" in node:
            optional |= {(where.rsplit("/", 1)[-1], name) for name in set(node["properties"]) - set(node.get("required", []))}
    inputs = {resolved(o["requestBody"]["content"][FORMS[0]])["schema"]["$ref"].rsplit("/", 1)[1] for o in OPERATIONS.values() if "requestBody" in o}
    assert {entry for entry in optional if entry[0] not in inputs} == {
        ("Problem", "errors"),
        ("Problem", "book_request"),
        ("Problem", "retry_after"),
        ("QuotaUpdate", "cursor"),
    }


def test_examples_are_as_their_schemas_say():
    count = 0
    for where, node in walk(DESCRIPTION.document):
        if "schema" in node and "example" in node:
            count += 1
            DESCRIPTION.check_value(node["schema"], node["example"], where)
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for example in schema.get("examples", []):
            count += 1
            DESCRIPTION.check_value(DESCRIPTION.document["components"]["schemas"][name], example, name)
    assert count > 40


def test_problems_are_those_of_the_program():
    rows = re.findall(r'^\t\[PROBLEM_\w+\] = \{ "(\w+)", (\d+), "\w*", "(.*)" \},$', (ROOT / "fcgi/problem.c").read_text(), re.MULTILINE)
    statuses = {code: (int(status), title) for code, status, title in rows if code not in ("none", "epoch_changed", "going_away")}
    assert set(DOCUMENT["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]) == set(statuses)
    for where, node in walk(DOCUMENT):
        if isinstance(node.get("example"), dict) and "code" in node["example"]:
            problem = node["example"]
            assert (problem["status"], problem["title"]) == statuses[problem["code"]], where
            assert problem["type"] == f"urn:bookreq:problem:{problem['code']}", where


class Answer:
    def __init__(self, status, body, content_type="application/json"):
        self.status = status
        self.body = body
        self.headers = {"Content-Type": content_type}


QUOTA = (
    b'{"requests_allowed":5,"requests_used":2,"requests_remaining":3,"current_month":"2025-11","chapters_allowed_per_book_request":10}'
)
PROBLEM = b'{"type":"urn:bookreq:problem:not_found","title":"Not found","status":404,"detail":"There is none.","code":"not_found"}'
QUOTA_PATH = "/api/book-requests/quota"
PROBLEM_TYPE = "application/problem+json"


@pytest.mark.parametrize(
    "method, target, answer",
    [
        ("GET", QUOTA_PATH, Answer(200, QUOTA)),
        ("GET", QUOTA_PATH + "/?x=1", Answer(200, QUOTA, "application/json; charset=utf-8")),
        ("HEAD", QUOTA_PATH, Answer(200, b"")),
        ("OPTIONS", QUOTA_PATH, Answer(204, b"")),
        ("GET", "/api/nothing", Answer(404, PROBLEM, PROBLEM_TYPE)),
        ("GET", "/api/book-requests/17", Answer(404, PROBLEM, PROBLEM_TYPE)),
        ("GET", "/api/book-requests/0", Answer(404, PROBLEM, PROBLEM_TYPE)),
        ("DELETE", "/api/team/3", Answer(204, b"")),
    ],
)
def test_the_check_of_answers_accepts(method, target, answer):
    DESCRIPTION.check(method, target, answer)


@pytest.mark.parametrize(
    "method, target, answer",
    [
        ("GET", QUOTA_PATH, Answer(202, QUOTA)),
        ("GET", QUOTA_PATH, Answer(200, QUOTA, "text/plain")),
        ("GET", QUOTA_PATH, Answer(200, QUOTA.replace(b":5", b':"5"'))),
        ("GET", QUOTA_PATH, Answer(200, QUOTA.replace(b':5,"', b':5,"extra":1,"'))),
        ("GET", QUOTA_PATH, Answer(200, QUOTA.replace(b'"requests_used":2,', b""))),
        ("GET", QUOTA_PATH, Answer(200, QUOTA.replace(b"2025-11", b"2025-13"))),
        ("HEAD", QUOTA_PATH, Answer(200, QUOTA)),
        ("OPTIONS", QUOTA_PATH, Answer(200, b"")),
        ("PUT", QUOTA_PATH, Answer(200, QUOTA)),
        ("GET", "/api/nothing", Answer(200, b"{}")),
        ("GET", "/api/book-requests/17", Answer(404, PROBLEM.replace(b'"code":"not_found"', b'"code":"invalid"'), PROBLEM_TYPE)),
        ("GET", "/api/book-requests/17", Answer(404, PROBLEM.replace(b"404", b"409"), PROBLEM_TYPE)),
        ("DELETE", "/api/team/3", Answer(204, b"{}")),
    ],
)
def test_the_check_of_answers_refuses(method, target, answer):
    with pytest.raises(AssertionError):
        DESCRIPTION.check(method, target, answer)


def test_the_check_of_frames():
    update = {"type": "pending_count_update", "pending_count": 3, "cursor": "c"}
    DESCRIPTION.check_frame(update)
    for wrong in ({**update, "pending_count": -1}, {**update, "more": 1}, {**update, "type": "other"}, {"type": "heartbeat"}):
        with pytest.raises(AssertionError):
            DESCRIPTION.check_frame(wrong)
