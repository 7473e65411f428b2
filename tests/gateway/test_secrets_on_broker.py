"""A provider's key is refused in every field of every route's body, address and headers, and reaches no log."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from services.gateway.http.openapi import document
from services.gateway.http.secret_scanning import CODE, UNSCANNED
from shared.ids import new_id
from tests.gateway.conftest import Gateway

pytestmark = pytest.mark.broker

KEY = "sk-proj-3vQ8rTz1LmN0pXw7KcYb2HdSgJ5fUa4E"
ESCAPED = "".join(f"\\u{ord(one):04x}" for one in KEY)
# The guard may refuse a request before its body is read; then nothing of it is stored either.
REFUSED_BEFORE = {401, 403, 404, 429}
Place = tuple[str, str, dict[str, Any]]


def places() -> Iterator[Place]:
    """Yield method, address and keyword arguments for httpx, with the key in one place each."""
    described = json.loads(document())
    for path, operations in described["paths"].items():
        if path.startswith(UNSCANNED):
            continue
        address = path.replace("{post_id}", new_id()).replace("{", "").replace("}", "")
        for method, operation in operations.items():
            yield method, f"{address}?unknown={KEY}", {}
            yield method, address, {"headers": {"x-unknown": KEY}}
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "query":
                    yield method, address, {"params": {parameter["name"]: KEY}}
                if parameter["in"] == "path":
                    yield method, path.replace(f"{{{parameter['name']}}}", KEY), {}
            for body in operation.get("requestBody", {}).get("content", {}).values():
                for field in fields_of(body["schema"], described["components"]["schemas"]):
                    yield method, address, {"content": f'{{"{field}": "{ESCAPED}"}}', "headers": JSON}


JSON = {"content-type": "application/json"}


def fields_of(schema: dict[str, Any], schemas: dict[str, Any]) -> set[str]:
    """Return the names of all fields of a body, those of its parts included."""
    found: set[str] = set()
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if "$ref" in one:
            one = schemas[one["$ref"].rpartition("/")[2]]
        found |= set(one.get("properties", {}))
        items = [one["items"]] if "items" in one else []
        waiting += [*one.get("properties", {}).values(), *one.get("anyOf", []), *items]
    return found


async def test_a_key_is_refused_wherever_a_request_may_hold_it(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    http = (await gateway.person("root", "admin")).http
    refused = before = 0
    for method, address, arguments in places():
        if method == "delete" and address == "/v1/me":
            continue
        answer = await http.request(method, address, **arguments)
        if answer.status_code in REFUSED_BEFORE:
            before += 1
        else:
            assert (answer.status_code, answer.json()["code"]) == (400, CODE), (method, address, arguments)
            refused += 1
        assert KEY not in answer.text
    assert refused > 200
    assert before < refused / 10
    # Except in the records of the client that this test uses.
    logged = [vars(record) for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert KEY not in str(logged)
