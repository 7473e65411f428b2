"""The canonical JSON of a policy and of its views: what digests and signatures cover.

Policy stage: compile and sign. Other stages: source (`load`), activate (`bundle_store`), evaluate (`rule_matching`).
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


class AddedLater:
    """Marks a field of a later release. While it has its default, it is left out of the canonical JSON.

    So the digests of the policies of earlier releases stay what they were, and their bundles still open after an
    upgrade.
    """


def canonical(model: BaseModel) -> str:
    """Return the model as JSON with sorted keys and no white space: equal models give equal bytes."""
    return as_canonical_json(content_of(model))


def as_canonical_json(content: Any) -> str:
    """Return JSON values with sorted keys and no white space."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_of(value: Any) -> Any:
    """Return a value of a model, or the model, as JSON values without added fields that have their default."""
    if isinstance(value, BaseModel):
        return {
            name: content_of(getattr(value, name))
            for name, field in type(value).model_fields.items()
            if AddedLater not in field.metadata or getattr(value, name) != field.get_default(call_default_factory=True)
        }
    if isinstance(value, Mapping):
        return {key: content_of(entry) for key, entry in value.items()}
    return [content_of(entry) for entry in value] if isinstance(value, list | tuple) else value
