"""Runs a policy's own test cases; a policy must pass them before it is activated."""

from collections.abc import Iterator
from datetime import UTC, datetime

from services.moderation.domain import CheckFailed, Decision, Facts, Scores, decide
from shared.policy import ANY_HARM, CATEGORIES, Policy, match, render
from shared.policy.load import thresholds_match_model
from shared.policy.mustache import escaped

_ALL_ZERO: dict[str, float] = dict.fromkeys((*CATEGORIES, ANY_HARM), 0.0)
_ALL_ONE: dict[str, float] = dict.fromkeys((*CATEGORIES, ANY_HARM), 1.0)
# Decisions contain an appeal deadline, which the cases ignore.
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
# Characters of a text in a message: enough to find it in cases.yaml.
_EXCERPT_LENGTH = 60


def failed_cases(policy: Policy) -> list[str]:
    """Return one line for each failed case. An empty list means that the policy may be activated."""
    return [
        *_check_model(policy),
        *_check_fires(policy),
        *_check_passes(policy),
        *_check_decides(policy),
        *_check_steers(policy),
    ]


def _check_model(policy: Policy) -> Iterator[str]:
    if not thresholds_match_model(policy):
        yield "model: the thresholds were measured for another model than this release's, so every text would be held"


def _check_fires(policy: Policy) -> Iterator[str]:
    cases = policy.cases.fires
    rules = {rule.id for rule in policy.rules}
    yield from (f"fires: {rule} has no case" for rule in sorted(rules - cases.keys()))
    yield from (f"fires: there is no rule {rule}" for rule in sorted(cases.keys() - rules))
    for rule, texts in cases.items():
        for text in texts:
            if rule not in (hit.rule for hit in match(policy, text)):
                yield f"fires: {rule} does not fire on {_excerpt(text)}"


def _check_passes(policy: Policy) -> Iterator[str]:
    for text in policy.cases.passes:
        for hit in match(policy, text):
            yield f"passes: {hit.rule} fires on {_excerpt(text)}"


def _check_decides(policy: Policy) -> Iterator[str]:
    for number, case in enumerate(policy.cases.decides):
        scores = CheckFailed("as the case says") if case.scores is None else _ALL_ZERO | case.scores
        if (outcome := _decision(policy, case.text, scores).outcome) != case.outcome:
            yield f"decides.{number}: {outcome}, expected {case.outcome}, for {_excerpt(case.text)}"


def _check_steers(policy: Policy) -> Iterator[str]:
    """Check that a text which asks for an outcome neither changes the outcome nor rewrites the prompt."""
    for text in policy.cases.steers:
        for scores in (_ALL_ONE, CheckFailed("as the case says")):
            if _decision(policy, text, scores).outcome == "published":
                yield f"steers: published in spite of its scores: {_excerpt(text)}"
        if not match(policy, text) and _decision(policy, text, _ALL_ZERO).outcome != "published":
            yield f"steers: not published in spite of its scores: {_excerpt(text)}"
        prompt = render(policy, "moderation", dict.fromkeys(("title", "body", "guideline"), text))
        harmless_prompt = render(policy, "moderation", dict.fromkeys(("title", "body", "guideline"), "\0"))
        for part, expected in ((prompt.system, harmless_prompt.system), (prompt.user, harmless_prompt.user)):
            if part != expected.replace("\0", escaped(text)):
                yield f"steers: escapes from its element in the prompt: {_excerpt(text)}"


def _decision(policy: Policy, text: str, scores: Scores | CheckFailed) -> Decision:
    return decide(policy, scores, Facts(match(policy, text), _ANY_DAY))


def _excerpt(text: str) -> str:
    return repr(text if len(text) <= _EXCERPT_LENGTH else f"{text[:_EXCERPT_LENGTH]}…")
