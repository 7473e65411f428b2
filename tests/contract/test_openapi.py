"""The OpenAPI document, from which clients are generated."""

import json
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from services.gateway.http.openapi import document

pytestmark = pytest.mark.long

COMMITTED = Path(__file__).parent.parent.parent / "client" / "openapi.json"
METHODS = {"get", "post", "put", "patch", "delete"}


def test_the_committed_document_is_current() -> None:
    assert COMMITTED.read_text() == document(), "run: make generate"


def test_the_document_is_valid_openapi() -> None:
    validate(json.loads(document()))


def test_every_operation_has_a_summary_a_description_and_its_errors() -> None:
    for path, item in json.loads(document())["paths"].items():
        for method in METHODS & set(item):
            operation = item[method]
            assert operation["summary"], f"{method} {path}"
            assert operation["description"], f"{method} {path}"
            assert operation["security"], f"{method} {path}"
            assert {"400", "401", "403", "404", "409", "413", "422", "429", "503"} <= set(operation["responses"])
