"""Matches the rules of a policy against a text.

Policy stage: evaluate. Other stages: source (`load`), compile and sign (`bundle`), activate (`bundle_store`).
"""

import re
from dataclasses import dataclass

from shared.log.events import Span
from shared.model.categories import Category
from shared.policy.disguises import forms
from shared.policy.normalize import Normalized, normalize
from shared.policy.pattern_dialect import compile_pattern
from shared.policy.schema import Action, CapitalShare, LinkCount, Policy, Rule

_LINK = re.compile(r"(?:https?://|\bwww\.)[^ ]+", re.ASCII)
_CAPITALS = re.compile("[A-Z]")
_LETTERS = re.compile("[A-Za-z]")


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule that fired. `spans` are ordered code-point offsets into the original text, never empty."""

    rule: str
    category: Category
    outcome: Action
    public: bool
    message: str
    spans: tuple[Span, ...]


def match(policy: Policy, text: str) -> tuple[RuleHit, ...]:
    """Return every rule that fires on the text, sorted by rule id. Accepts any text and never raises."""
    forms_of_text = forms(normalize(text))
    hits = ((rule, _spans(rule, text, forms_of_text)) for rule in policy.rules)
    fired = (_hit(rule, spans) for rule, spans in hits if spans)
    return tuple(sorted(fired, key=lambda hit: hit.rule))


def _hit(rule: Rule, spans: tuple[Span, ...]) -> RuleHit:
    return RuleHit(rule.id, rule.category, rule.outcome, rule.public, rule.message, spans)


def _spans(rule: Rule, text: str, forms_of_text: tuple[Normalized, ...]) -> tuple[Span, ...]:
    match rule.measure:
        case LinkCount(at_least=minimum):
            links = _matches(_LINK, forms_of_text[0])
            return tuple(links) if len(links) >= minimum else ()
        case CapitalShare() as capitals:
            return _capitals(capitals, text)
        case None:
            compiled = [compile_pattern(pattern) for pattern in rule.patterns]
            spans = {span for form in forms_of_text for pattern in compiled for span in _matches(pattern, form)}
            return tuple(sorted(spans, key=lambda span: (span.start, span.end)))


def _matches(pattern: re.Pattern[str], normalized: Normalized) -> list[Span]:
    return [normalized.original(*hit.span()) for hit in pattern.finditer(normalized.text)]


def _capitals(measure: CapitalShare, text: str) -> tuple[Span, ...]:
    """Return the passage from the first capital to the last, in the original: normalized text has no capitals."""
    letters, capitals = len(_LETTERS.findall(text)), [capital.start() for capital in _CAPITALS.finditer(text)]
    if letters < measure.letters or len(capitals) < measure.share * letters:
        return ()
    return (Span(start=capitals[0], end=capitals[-1] + 1),)
