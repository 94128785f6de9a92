"""docs/replaced.md points at things that are there."""

import re

import pytest
from programs import ROOT
from test_openapi import DOCUMENT

TEXT = (ROOT / "docs/replaced.md").read_text()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:tests|fcgi|sql|web|docs)/[\w./-]*)`", TEXT))))
def test_file_is_there(path):
    assert (ROOT / path).exists()


def test_links_lead_somewhere():
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert links
    for link in links:
        assert (ROOT / "docs" / link).exists(), link


def test_every_kind_of_frame_and_every_path_has_its_row():
    schemas = DOCUMENT["components"]["schemas"]
    for reference in schemas["Frame"]["oneOf"]:
        kind = schemas[reference["$ref"].rsplit("/", 1)[1]]["properties"]["type"]["const"]
        assert f"`{kind}`" in TEXT, kind
    for path in DOCUMENT["paths"]:
        assert re.sub("^/api/(auth|book-requests|users/{id})/|^/", "", path) in TEXT, path
