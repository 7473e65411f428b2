"""JSON schemas of the facts: the current ones, the approved ones, and the check of their compatibility."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from shared.log.events import Event, Fact
from shared.log.signals import Signal

HERE = Path(__file__).parent
APPROVED, SAMPLES = HERE / "schemas", HERE / "samples"
Schema = dict[str, Any]


def facts() -> dict[str, type[Fact]]:
    """Return every fact of the product by type, without the facts of tests."""
    return {name: fact for name, fact in sorted(Fact.KINDS.items()) if fact.__module__.startswith("shared.log.events")}


@cache
def present() -> dict[str, Schema]:
    """Return `<type>.v<version>` → current schema. Envelope and signal have one version."""
    declared: dict[str, type[BaseModel]] = {f"{name}.v{fact.VERSION}": fact for name, fact in facts().items()}
    declared |= {"envelope.v1": Event, "signal.v1": Signal}
    return {name: bare(model.model_json_schema()) for name, model in declared.items()}


@cache
def approved() -> dict[str, Schema]:
    """Return the approved schemas of all versions in existing logs."""
    return {path.stem: bare(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(APPROVED.glob("*.json"))}


def as_text(schema: Schema) -> str:
    """Return the text of a schema file."""
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def bare(schema: Any) -> Any:
    """Remove titles and descriptions, which may change at any time, and sort `required`, whose order is irrelevant.

    A property called `title` is kept.
    """
    if isinstance(schema, list):
        return [bare(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    words = ("title", "description")
    kept = {key: bare(value) for key, value in schema.items() if not (key in words and isinstance(value, str))}
    if isinstance(required := kept.get("required"), list):
        kept["required"] = sorted(required)
    return kept


def breaks(old: Schema, new: Schema) -> list[str]:
    """Return why code with the new schema and code with the old schema cannot share a log; empty if they can.

    Within a version only new optional fields are allowed. Old or new code would misread any other change: a field
    that is removed, renamed, newly required, or has another type, default or choice.
    """
    return list(_differences(old, new, "", optional_allowed=False))


def _differences(old: Any, new: Any, place: str, *, optional_allowed: bool) -> Iterator[str]:
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        if old != new:
            yield f"{place or '/'}: {json.dumps(old)} became {json.dumps(new)}"
        return
    for key in old:
        if key not in new:
            yield f"{place}/{key} is gone"
        else:
            # Under these two, the keys are names of fields and definitions, and new ones are allowed.
            names = key in ("properties", "$defs") and not optional_allowed
            yield from _differences(old[key], new[key], f"{place}/{key}", optional_allowed=names)
    if not optional_allowed:
        yield from (f"{place}/{key} is new" for key in new if key not in old)
