"""What becomes of a text: `decide`, a pure function of policy, scores and facts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.events import Outcome, PolicyRef, Reason
from shared.policy import ANY_HARM, Action, CategoryPolicy, Policy, RuleHit

# From mildest to strongest; the strongest that anything asks for is what happens.
SEVERITY: dict[Outcome, int] = {"published": 0, "held": 1, "rejected": 2}
_OUTCOME_OF: dict[Action, Outcome] = {Action.HOLD: "held", Action.REJECT: "rejected"}

Scores = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class CheckFailed:
    """An engine that gave no usable scores. `reason` is for moderators and never holds the text."""

    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the scores: the rules that fired, and when the judging happens (for the appeal)."""

    hits: tuple[RuleHit, ...]
    judged_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one revision and its grounds, strongest first.

    `failure_mode` is set when the check failed; `appeal_until` when the author can appeal.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    policy: PolicyRef
    failure_mode: Literal["held"] | None = None
    appeal_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Ground:
    outcome: Outcome
    reason: Reason


def decide(policy: Policy, scores: Scores | CheckFailed, facts: Facts) -> Decision:
    """The decision on a text. The strongest of what rules and scores ask for wins; nothing makes it milder.

    A check that failed holds the text, unless a rule alone is enough to reject it.
    """
    checked = _usable(policy, scores)
    grounds = [_rule_ground(policy, hit) for hit in facts.hits]
    if isinstance(checked, CheckFailed):
        grounds.append(_failure_ground(policy))
    else:
        grounds += _score_grounds(policy, checked)
    grounds.sort(key=lambda ground: (-SEVERITY[ground.outcome], ground.reason.rule))
    outcome: Outcome = grounds[0].outcome if grounds else "published"
    return Decision(
        outcome=outcome,
        reasons=tuple(ground.reason for ground in grounds),
        policy=PolicyRef(digest=policy.digest, version=policy.version),
        failure_mode=policy.failure_mode.outcome if isinstance(checked, CheckFailed) else None,
        appeal_until=None if outcome == "published" else facts.judged_at + timedelta(days=policy.appeal_days),
    )


def _usable(policy: Policy, scores: Scores | CheckFailed) -> Scores | CheckFailed:
    """The scores, or a failure where one that the policy wants is missing or is no number from 0 to 1."""
    if isinstance(scores, CheckFailed):
        return scores
    wanted = [entry.id for entry in policy.categories]
    for name in [*wanted, ANY_HARM] if policy.overall else wanted:
        if not 0.0 <= scores.get(name, math.nan) <= 1.0:
            return CheckFailed(f"no usable score for {name}")
    return scores


def _rule_ground(policy: Policy, hit: RuleHit) -> _Ground:
    outcome = _OUTCOME_OF[hit.outcome]
    if policy.category(hit.category).reject is None:
        outcome = "held"
    reason = Reason(rule=hit.rule, category=hit.category, message=hit.message, spans=hit.spans)
    return _Ground(outcome, reason)


def _score_grounds(policy: Policy, scores: Scores) -> list[_Ground]:
    """What the categories ask for; where none asks for anything, what the score over all of them asks for."""
    grounds = [ground for entry in policy.categories if (ground := _score_ground(entry, scores))]
    overall = policy.overall
    if not grounds and overall and scores[ANY_HARM] >= overall.hold:
        grounds = [_Ground("held", Reason(rule=f"score.{ANY_HARM}", category=ANY_HARM, message=overall.message))]
    return grounds


def _score_ground(entry: CategoryPolicy, scores: Scores) -> _Ground | None:
    score = scores[entry.id]
    reason = Reason(rule=f"score.{entry.id}", category=entry.id, message=entry.message)
    if entry.reject is not None and score >= entry.reject:
        return _Ground("rejected", reason)
    return _Ground("held", reason) if score >= entry.hold else None


def _failure_ground(policy: Policy) -> _Ground:
    message = policy.failure_mode.message
    return _Ground("held", Reason(rule="check.failed", category="check", message=message))
