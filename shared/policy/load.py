"""Loads a policy from its YAML files and checks it as a whole.

Policy stage: source. Other stages: compile and sign (`bundle`), activate (`bundle_store`), evaluate (`rule_matching`).
"""

import json
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from shared.model import pinned_files
from shared.model.categories import CATEGORIES, LATER_CATEGORIES
from shared.policy.prompts import PROMPT_NAMES
from shared.policy.schema import Action, Policy

# A hundred times the size, and several times the depth, of the default policy.
LARGEST_FILE, DEEPEST = 4 * 2**20, 20
DEFAULT_POLICY = Path(__file__).parent / "default"


class PolicyError(ValueError):
    """A policy that must not be used.

    `problems` has one line for each fault, which starts with the key at fault (`rules.3.patterns.0: ...`).
    """

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))


def load_policy(source: Path) -> Policy:
    """Load a `policy.yaml`, or the one in a folder, with the `prompts.yaml` and `cases.yaml` beside it.

    A `helplines.yaml` beside it is read, too, if there is one.

    Raises:
        PolicyError: the file is missing, is not YAML, breaks the schema or is inconsistent.
    """
    path = source / "policy.yaml" if source.is_dir() else source
    try:
        content = _read(path)
        if isinstance(content, dict):
            for part in {"prompts", "cases"} - content.keys():
                content[part] = _read(path.with_name(f"{part}.yaml"))
            if "helplines" not in content and (helplines := path.with_name("helplines.yaml")).exists():
                content["helplines"] = _read(helplines)
        # Through JSON, because strict models then accept names for enumerations and arrays for tuples.
        policy = Policy.model_validate_json(json.dumps(content, default=str))
    except ValidationError as error:
        raise PolicyError(path, [_problem(fault["loc"], fault["msg"]) for fault in error.errors()]) from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise PolicyError(path, [f"cannot be read: {error}"]) from error
    if problems := contradictions(policy):
        raise PolicyError(path, problems)
    return policy


def contradictions(policy: Policy) -> list[str]:
    """Return one line for each contradiction, which starts with the key at fault; empty for a consistent policy."""
    missing = [f"prompts: {name!r} is missing" for name in PROMPT_NAMES if name not in policy.prompts]
    return [*_categories(policy), *_rules(policy), *_spam_signals(policy), *missing]


def thresholds_match_model(policy: Policy) -> bool:
    """Return whether the policy's thresholds were measured for this release's model. A policy may name no model."""
    pin = policy.model
    return pin is None or (pin.sha256, pin.tokenizer_sha256) == (
        pinned_files.MODEL_SHA256,
        pinned_files.TOKENIZER_SHA256,
    )


def needs_provider(policy: Policy) -> bool:
    """Return whether the policy lets an AI provider judge some categories, or texts in some languages."""
    return policy.judged_languages.otherwise == "openai" or any(one.engine == "openai" for one in policy.categories)


def _read(path: Path) -> Any:
    """Read a YAML file of bounded size and depth without aliases, which could stand for gigabytes."""
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise ValueError(f"{path.name} is larger than {LARGEST_FILE // 2**20} MiB")
    text = content.decode()
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise ValueError(f"{path.name} is nested more than {DEEPEST} deep")
        if isinstance(event, yaml.AliasEvent):
            raise ValueError(f"{path.name} has an alias (*{event.anchor}); write its content out")
    return yaml.load(text, _UniqueKeys)


def _problem(location: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(map(str, location)) or 'policy'}: {message.removeprefix('Value error, ')}"


class _UniqueKeys(yaml.CSafeLoader):
    """Rejects duplicate keys, where YAML would silently use the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set[str]()
        for key_node, _ in node.value:
            # As text, because only strict models check keys: a list is none.
            key = repr(self.construct_object(key_node, deep=True))
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key} is defined twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def _categories(policy: Policy) -> Iterator[str]:
    ids = [category.id for category in policy.categories]
    yield from (f"categories: {name!r} is defined twice" for name in _repeated(ids))
    yield from (f"categories: {name!r} is missing" for name in CATEGORIES if name not in {*ids, *LATER_CATEGORIES})


def _rules(policy: Policy) -> Iterator[str]:
    yield from (f"rules: {name!r} is defined twice" for name in _repeated(rule.id for rule in policy.rules))
    categories: set[str] = {category.id for category in policy.categories}
    never_rejected = {category.id for category in policy.categories if category.reject is None}
    supported = {category.id for category in policy.categories if category.support is not None}
    for number, rule in enumerate(policy.rules):
        if rule.category not in categories:
            yield f"rules.{number}.category: {rule.id!r} is in {rule.category!r}, which the policy does not have"
        if rule.outcome is Action.SUPPORT and rule.category not in supported:
            yield f"rules.{number}.outcome: {rule.id!r} supports, but {rule.category!r} has no support threshold"
        if rule.outcome is Action.REJECT and rule.category in never_rejected:
            yield f"rules.{number}.outcome: {rule.id!r} rejects, but {rule.category!r} has no reject threshold"
        if not rule.id.startswith(f"{rule.category}."):
            yield f"rules.{number}.id: {rule.id!r} does not start with its category, {rule.category!r}"


def _spam_signals(policy: Policy) -> Iterator[str]:
    ids = [signal.id for signal in policy.spam_signals]
    others = [rule.id for rule in policy.rules]
    yield from (f"spam_signals: {name!r} is defined twice, or also a rule" for name in _repeated([*ids, *{*others}]))
    yield from (f"spam_signals: {name!r} does not start with 'spam.'" for name in ids if not name.startswith("spam."))


def _repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)
