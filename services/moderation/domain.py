"""The decision on a text: `decide`, a pure function of policy, scores and facts."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from services.moderation.spam_signals import SpamFacts, reasons_of
from shared.log.events import Outcome, PolicyRef, Reading, Reason, Span
from shared.policy import (
    ANY_HARM,
    TOO_DENSE_MESSAGE,
    TOO_DENSE_RULE,
    Action,
    CategoryPolicy,
    Policy,
    ReadingLimit,
    RuleHit,
)

# From mildest to strongest; the strongest outcome wins.
SEVERITY: dict[Outcome, int] = {"published": 0, "held": 1, "rejected": 2}
_OUTCOME_OF: dict[Action, Outcome] = {
    Action.SUPPORT: "published",
    Action.HOLD: "held",
    Action.REJECT: "rejected",
}

Scores = Mapping[str, float]
# About 60 kB of a fact, whose limit is 512 kB: a pattern of one letter matches the longest text 40,000 times.
MOST_SPANS = 2000


@dataclass(frozen=True, slots=True)
class CheckFailed:
    """An engine gave no usable scores. `reason` is for moderators and never contains the text."""

    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts besides the scores: the rules that matched, the time of the decision (for the appeal period), whether
    an engine failed, so that the scores come from its replacement, whether no rule could search in the text, and the
    categories that the engines do not know, so that only rules judge them.

    `marks` has the passage that gave each score, where it is not the whole text; `reading` is what engines read, and
    `unjudged` has the passages of a substantial part in languages that they do not judge. `spam` has what the log tells
    about the author and similar texts; None: it is not known.
    """

    hits: tuple[RuleHit, ...]
    judged_at: datetime
    engine_failed: bool = False
    too_dense: bool = False
    unknown_categories: frozenset[str] = frozenset()
    marks: Mapping[str, Span] = field(default_factory=dict)
    reading: Reading | None = None
    unjudged: tuple[Span, ...] = ()
    spam: SpamFacts | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one revision and its reasons, strongest first.

    `failure_mode` is set when a check failed: `held`, a category is unchecked; `local`, the local model replaced the
    engine. `appeal_until` is set when the author can appeal. A published text has only reasons that offer help.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    policy: PolicyRef
    failure_mode: Literal["held", "local"] | None = None
    appeal_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Ground:
    outcome: Outcome
    reason: Reason


def decide(policy: Policy, scores: Scores | CheckFailed, facts: Facts) -> Decision:
    """Return the decision on a text. The strongest outcome that rules and scores ask for wins.

    Only a category that leaves the decision to people weakens it: then the text is held, whatever would reject it. A
    category that could not be checked holds the text, unless a rule or another category is enough to reject it. So does
    a text that is longer than what the policy lets engines read, unless it samples such texts, and a text in a language
    that no engine judges, unless the policy publishes those.
    """
    checked = _checked(policy, scores)
    grounds = [_rule_ground(policy, hit) for hit in facts.hits] + _score_grounds(policy, checked, facts.marks)
    grounds += _spam_grounds(policy, checked, facts.spam)
    unchecked = not facts.unknown_categories.union(checked).issuperset(_score_names(policy))
    if unchecked:
        grounds.append(_failure_ground(policy))
    if policy.reading and facts.reading and policy.reading.holds(facts.reading.characters):
        grounds.append(_unread_ground(policy.reading, facts.reading))
    if facts.unjudged and policy.judged_languages.otherwise != "publish_unjudged":
        grounds.append(_unjudged_ground(policy, facts.unjudged))
    if facts.too_dense:
        grounds.append(_Ground("held", Reason(rule=TOO_DENSE_RULE, category="check", message=TOO_DENSE_MESSAGE)))
    grounds.sort(key=lambda ground: (-SEVERITY[ground.outcome], ground.reason.rule))
    outcome: Outcome = grounds[0].outcome if grounds else "published"
    if outcome == "rejected" and any(_is_for_people(policy, ground) for ground in grounds):
        outcome = "held"
    fallback: Literal["local"] | None = "local" if facts.engine_failed else None
    return Decision(
        outcome=outcome,
        reasons=tuple(_with_few_spans(grounds)),
        policy=PolicyRef(digest=policy.digest, version=policy.version),
        failure_mode=policy.failure_mode.outcome if unchecked else fallback,
        appeal_until=None if outcome == "published" else facts.judged_at + timedelta(days=policy.appeal_days),
    )


def _with_few_spans(grounds: list[_Ground]) -> Iterator[Reason]:
    """Yield the reasons with at most `MOST_SPANS` passages in total, those of the strongest reasons first."""
    room = MOST_SPANS
    for ground in grounds:
        spans = ground.reason.spans[: max(room, 1)]
        room -= len(spans)
        yield ground.reason.model_copy(update={"spans": spans})


def hold_without_policy(reference: PolicyRef) -> Decision:
    """Return the decision without a trusted policy: a moderator decides. `reference`: the policy that the log names."""
    message = "This could not be checked, because this community's policy is not available. A person will look at it."
    reason = Reason(rule="policy.missing", category="check", message=message)
    return Decision(outcome="held", reasons=(reason,), policy=reference, failure_mode="held")


def _score_names(policy: Policy) -> tuple[str, ...]:
    """Return the names of the scores that the policy has thresholds for."""
    categories = tuple(entry.id for entry in policy.categories)
    return (*categories, ANY_HARM) if policy.overall else categories


def _checked(policy: Policy, scores: Scores | CheckFailed) -> Scores:
    """Return the scores that the policy uses, without those that are missing or not a number from 0 to 1."""
    if isinstance(scores, CheckFailed):
        return {}
    return {name: scores[name] for name in _score_names(policy) if 0.0 <= scores.get(name, math.nan) <= 1.0}


def _rule_ground(policy: Policy, hit: RuleHit) -> _Ground:
    outcome = _OUTCOME_OF[hit.outcome]
    if outcome == "rejected" and policy.category(hit.category).reject is None:
        outcome = "held"
    undisclosed = not policy.category(hit.category).previewed
    reason = Reason(rule=hit.rule, category=hit.category, message=hit.message, spans=hit.spans, undisclosed=undisclosed)
    return _Ground(outcome, reason)


def _score_grounds(policy: Policy, scores: Scores, marks: Mapping[str, Span]) -> list[_Ground]:
    """Return the grounds of the categories, and that of the overall score if it adds something.

    It adds nothing if a category holds or rejects, or if the highest score is that of a category which offers help:
    the overall score then says the same, and help does not hide a text.
    """
    grounds = {
        entry.id: ground
        for entry in policy.categories
        if entry.id in scores and (ground := _score_ground(entry, scores, marks.get(entry.id)))
    }
    found = list(grounds.values())
    overall = policy.overall
    if overall and scores.get(ANY_HARM, 0.0) >= overall.hold and all(one.outcome == "published" for one in found):
        highest = max((name for name in scores if name != ANY_HARM), key=lambda name: (scores[name], name), default="")
        if highest not in grounds:
            found.append(_Ground("held", _score_reason(ANY_HARM, overall.message, marks.get(ANY_HARM))))
    return found


def _score_ground(entry: CategoryPolicy, scores: Scores, mark: Span | None) -> _Ground | None:
    score = scores[entry.id]
    if score >= entry.hold:
        outcome: Outcome = "rejected" if _rejects(entry, scores) else "held"
        reason = _score_reason(entry.id, entry.message, mark)
        return _Ground(outcome, reason.model_copy(update={"undisclosed": not entry.previewed}))
    if entry.support is not None and entry.support_message and score >= entry.support:
        return _Ground("published", _score_reason(entry.id, entry.support_message, mark))
    return None


def _score_reason(name: str, message: str, mark: Span | None) -> Reason:
    return Reason(rule=f"score.{name}", category=name, message=message, spans=() if mark is None else (mark,))


def _spam_grounds(policy: Policy, scores: Scores, spam: SpamFacts | None) -> list[_Ground]:
    share = scores.get("spam", 0.0) / policy.category("spam").hold
    return [_Ground("held", reason) for reason in reasons_of(policy.spam_signals, spam, share)] if spam else []


def _rejects(entry: CategoryPolicy, scores: Scores) -> bool:
    if entry.reject is None or scores[entry.id] < entry.reject:
        return False
    return entry.reject_any_harm is None or scores.get(ANY_HARM, 0.0) >= entry.reject_any_harm


def _is_for_people(policy: Policy, ground: _Ground) -> bool:
    """Return whether a ground is in a category of which only people decide."""
    return any(entry.person_decides for entry in policy.categories if entry.id == ground.reason.category)


def _unread_ground(limit: ReadingLimit, reading: Reading) -> _Ground:
    return _Ground("held", Reason(rule="check.unread", category="check", message=limit.message, spans=reading.unread))


def _unjudged_ground(policy: Policy, spans: tuple[Span, ...]) -> _Ground:
    message = policy.judged_languages.message
    return _Ground("held", Reason(rule="check.language", category="check", message=message, spans=spans))


def _failure_ground(policy: Policy) -> _Ground:
    message = policy.failure_mode.message
    return _Ground("held", Reason(rule="check.failed", category="check", message=message))
