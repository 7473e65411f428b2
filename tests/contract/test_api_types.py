"""The client's API types are the ones generated from the committed document."""

import hashlib
from pathlib import Path

CLIENT = Path(__file__).parents[2] / "client"
# Written by `npm run types`: the digests of the document and of the generated types.
SUMS = Path(__file__).parent / "api-types.sha256"


def test_the_clients_api_types_are_current() -> None:
    lines = [line.split() for line in SUMS.read_text(encoding="ascii").splitlines()]
    assert {file for _, file in lines} == {"openapi.json", "src/platform/api/schema.ts"}
    for digest, file in lines:
        assert hashlib.sha256((CLIENT / file).read_bytes()).hexdigest() == digest, "run: make generate"
