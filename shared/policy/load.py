"""Reading a policy folder."""

import json
from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from shared.model import pins
from shared.model.categories import CATEGORIES
from shared.policy.prompts import PROMPT_NAMES
from shared.policy.schema import Action, Policy

DEFAULT_POLICY = Path(__file__).parent / "default"


class PolicyError(ValueError):
    """A policy that must not be used.

    `problems` holds one line for each fault, each beginning with the key that is at fault
    (`rules.3.patterns.0: ...`), so that whoever edits the file can go straight to it.
    """

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))


def load_policy(source: Path) -> Policy:
    """The policy of a `policy.yaml`, or of a folder that holds one, with `prompts.yaml` and `cases.yaml` beside it.

    Raises:
        PolicyError: the file is missing, is no YAML, breaks the schema or contradicts itself.
    """
    path = source / "policy.yaml" if source.is_dir() else source
    try:
        content = _read(path)
        if isinstance(content, dict):
            for part in {"prompts", "cases"} - content.keys():
                content[part] = _read(path.with_name(f"{part}.yaml"))
        # By way of JSON: there, strict models still take names for enumerations and arrays for tuples.
        policy = Policy.model_validate_json(json.dumps(content, default=str))
    except ValidationError as error:
        raise PolicyError(path, [_named(fault["loc"], fault["msg"]) for fault in error.errors()]) from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise PolicyError(path, [f"cannot be read: {error}"]) from error
    if problems := contradictions(policy):
        raise PolicyError(path, problems)
    return policy


def contradictions(policy: Policy) -> list[str]:
    """One line for each contradiction, beginning with the key at fault; empty for a sound policy."""
    missing = [f"prompts: {name!r} is missing" for name in PROMPT_NAMES if name not in policy.prompts]
    return [*_categories(policy), *_rules(policy), *missing]


def measured_for(policy: Policy) -> bool:
    """Whether the policy's thresholds were measured for the model of this release; a policy may name no model."""
    pin = policy.model
    return pin is None or (pin.sha256, pin.tokenizer_sha256) == (pins.MODEL_SHA256, pins.TOKENIZER_SHA256)


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), _UniqueKeys)


def _named(location: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(map(str, location)) or 'policy'}: {message.removeprefix('Value error, ')}"


class _UniqueKeys(yaml.CSafeLoader):
    """YAML itself lets a second `hold:` silently win over the first; a policy must not."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key, (place, _) in zip(keys, node.value, strict=True):
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice", place.start_mark)
        return super().construct_mapping(node, deep)


def _categories(policy: Policy) -> Iterator[str]:
    named = [category.id for category in policy.categories]
    yield from (f"categories: {name!r} stands twice" for name in _repeated(named))
    yield from (f"categories: {name!r} is missing" for name in CATEGORIES if name not in named)


def _rules(policy: Policy) -> Iterator[str]:
    yield from (f"rules: {name!r} stands twice" for name in _repeated(rule.id for rule in policy.rules))
    never_rejected = {category.id for category in policy.categories if category.reject is None}
    for number, rule in enumerate(policy.rules):
        if rule.outcome is Action.REJECT and rule.category in never_rejected:
            yield f"rules.{number}.outcome: {rule.id!r} rejects, but {rule.category!r} is only ever held"
        if not rule.id.startswith(f"{rule.category}."):
            yield f"rules.{number}.id: {rule.id!r} does not begin with its category, {rule.category!r}"


def _repeated(names: Iterable[str]) -> list[str]:
    listed = list(names)
    return sorted({name for name in listed if listed.count(name) > 1})
