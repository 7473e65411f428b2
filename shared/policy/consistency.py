"""What the schema cannot say about a policy: its parts must agree with each other, and with the model."""

from collections.abc import Iterable, Iterator

from shared.model import pins
from shared.model.categories import CATEGORIES
from shared.policy.prompts import PROMPT_NAMES
from shared.policy.schema import Action, Policy


def contradictions(policy: Policy) -> list[str]:
    """One line for each contradiction, beginning with the key at fault; empty for a sound policy."""
    missing = [f"prompts: {name!r} is missing" for name in PROMPT_NAMES if name not in policy.prompts]
    return [*_categories(policy), *_rules(policy), *missing]


def measured_for(policy: Policy) -> bool:
    """Whether the policy's thresholds were measured for the model of this release; a policy may name no model."""
    pin = policy.model
    return pin is None or (pin.sha256, pin.tokenizer_sha256) == (pins.MODEL_SHA256, pins.TOKENIZER_SHA256)


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
