"""The types of the API in the client are generated from the committed document, and nobody has edited them."""

import hashlib
from pathlib import Path

CLIENT = Path(__file__).parents[2] / "client"
# Written by `npm run types`: the digest of the document, and of what was made of it.
SUMS = Path(__file__).parent / "api-types.sha256"


def test_the_types_of_the_api_are_the_generated_ones() -> None:
    lines = [line.split() for line in SUMS.read_text(encoding="ascii").splitlines()]
    assert {file for _, file in lines} == {"openapi.json", "src/platform/api/schema.ts"}
    for digest, file in lines:
        assert hashlib.sha256((CLIENT / file).read_bytes()).hexdigest() == digest, "run npm run types in client/"
