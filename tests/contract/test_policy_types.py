"""The client's types of a bundle are the ones generated from its models."""

from pathlib import Path

from shared.policy.typescript_types import types

COMMITTED = Path(__file__).parents[2] / "client" / "src" / "policy" / "public-view.ts"


def test_the_clients_bundle_types_are_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == types(), "run: make generate"
