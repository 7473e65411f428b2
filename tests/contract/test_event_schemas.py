"""The schemas of stored events stay compatible, and old events stay readable."""

import copy
import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from shared.log.events import DecodeError, Fact, decode
from shared.log.signals import decode_signal
from tests.contract.compatibility import SAMPLES, Schema, approved, as_text, bare, breaks, facts, present

SIGNALS = sorted(SAMPLES.glob("signal.*.json"))
EVENTS = sorted(set(SAMPLES.glob("*.json")) - set(SIGNALS))


def version_of(sample: Path) -> str:
    """`post.submitted.v1.comment.json` → `post.submitted.v1`."""
    return ".".join(sample.name.split(".")[:3])


@pytest.mark.parametrize("name", sorted(present()))
def test_every_current_schema_is_approved(name: str) -> None:
    now = present()[name]
    assert name in approved(), "not approved yet: python -m tests.contract.approve"
    assert breaks(approved()[name], now) == []
    assert as_text(approved()[name]) == as_text(now), "compatible, not approved yet: python -m tests.contract.approve"


def test_every_approved_schema_is_still_readable() -> None:
    for name in approved():
        kind, _, version = name.rpartition(".v")
        if kind in ("envelope", "signal"):
            assert name in present()
            continue
        assert kind in facts(), f"{kind} may be in logs and cannot be read any more"
        for step in range(int(version), facts()[kind].VERSION):
            assert (kind, step) in Fact.UPCASTS, f"{kind} version {step} has no upcast"


@pytest.mark.parametrize("sample", EVENTS, ids=lambda path: path.stem)
def test_an_old_event_is_read_without_loss(sample: Path) -> None:
    stored = json.loads(sample.read_text(encoding="utf-8"))
    event = decode(orjson.dumps(stored), sequence=7)
    assert event.sequence == 7
    assert event.type == stored["type"] == sample.name.split(".v")[0]
    assert isinstance(event.data, facts()[event.type])
    stored = stored["data"] if stored["version"] == event.data.VERSION else {}
    assert lost(stored, event.data.model_dump(mode="json")) == []
    assert decode(event.encode(), 7) == event


@pytest.mark.parametrize("sample", SIGNALS, ids=lambda path: path.stem)
def test_an_old_signal_is_read(sample: Path) -> None:
    signal = decode_signal(sample.read_bytes(), sequence=7)
    assert lost(json.loads(sample.read_bytes()), signal.model_dump(mode="json")) == []


def test_every_version_of_every_fact_has_a_sample() -> None:
    wanted = {name for name in approved() if name.split(".v")[0] in facts()}
    assert {version_of(sample) for sample in EVENTS} == wanted, (
        "tests/contract/samples/ needs <type>.v<version>.json for every fact: copy the most similar one"
    )
    assert SIGNALS


def test_decoding_an_event_of_a_later_version_fails() -> None:
    stored = json.loads((SAMPLES / "post.withdrawn.v1.json").read_text(encoding="utf-8"))
    with pytest.raises(DecodeError, match="has version 2, and this code knows 1"):
        decode(orjson.dumps(stored | {"version": facts()["post.withdrawn"].VERSION + 1}))


def lost(stored: dict[str, Any], read: dict[str, Any]) -> list[str]:
    """Return the stored fields that are missing or different after decoding; new optional fields do not count."""
    return [key for key, value in stored.items() if not _holds(read.get(key, ...), value)]


def _holds(read: Any, stored: Any) -> bool:
    if isinstance(read, dict) and isinstance(stored, dict):
        return lost(stored, read) == []
    if isinstance(read, list) and isinstance(stored, list):
        return len(read) == len(stored) and all(map(_holds, read, stored))
    return bool(read == stored)


def test_only_missing_or_different_values_count_as_lost() -> None:
    stored = {"origin": {"score": 42}, "reasons": [{"rule": "a"}], "kept": 1}
    assert lost(stored, {"origin": {"score": 42, "new": 0}, "reasons": [{"rule": "a", "new": ""}], "kept": 1}) == []
    assert lost(stored, {"origin": {"score": 41}, "reasons": []}) == ["origin", "reasons", "kept"]


@pytest.fixture
def schema() -> Schema:
    """Return an approved schema for a test to change."""
    agreed: Schema = copy.deepcopy(approved()["post.decided.v1"])
    return agreed


def test_new_optional_fields_are_compatible(schema: Schema) -> None:
    old = copy.deepcopy(schema)
    schema["properties"]["note"] = {"type": "string", "default": ""}
    schema["$defs"]["Reason"]["properties"]["weight"] = {"type": "number", "default": 0}
    schema["$defs"]["Note"] = {"type": "object"}
    assert breaks(old, schema) == []


@pytest.mark.parametrize("field", ["outcome", "took_ms"])
def test_a_removed_or_renamed_field_breaks(schema: Schema, field: str) -> None:
    old = copy.deepcopy(schema)
    schema["properties"][f"{field}_now"] = schema["properties"].pop(field)
    assert breaks(old, schema) == [f"/properties/{field} is gone"]


def test_a_new_required_field_breaks(schema: Schema) -> None:
    old = copy.deepcopy(schema)
    schema["required"].append("note")
    assert breaks(old, schema)


def test_a_changed_type_default_or_choice_breaks(schema: Schema) -> None:
    for field, change in {
        "revision": {"type": "string"},
        "took_ms": {"default": 1.0},
        "outcome": {"enum": ["published", "held", "rejected", "hidden"]},
    }.items():
        changed = copy.deepcopy(schema)
        changed["properties"][field] |= change
        assert breaks(schema, changed), field


def test_a_narrower_field_breaks(schema: Schema) -> None:
    changed = copy.deepcopy(schema)
    changed["properties"]["revision"]["minimum"] = 1
    assert breaks(schema, changed) == ["/properties/revision/minimum is new"]


def test_descriptions_are_not_part_of_the_contract() -> None:
    assert bare({"title": "Fact", "properties": {"title": {"title": "Title", "type": "string"}}}) == {
        "properties": {"title": {"type": "string"}}
    }
