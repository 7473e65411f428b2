"""Who is asked for which category, and who stands in."""

from collections.abc import Mapping

import pytest

from services.moderation.domain import CheckFailed, Decision, Facts, Scores, decide
from services.moderation.engines.engine import Assessment, ScoringRequest
from services.moderation.engines.provider_errors import ErrorCode
from services.moderation.engines.routing import RoutedEngine
from shared.content import Content
from shared.policy import ANY_HARM, CATEGORIES, Overall, Policy
from shared.testing import AT
from tests.moderation.engine_setup import policy_with

QUESTION = ScoringRequest(Content(body="Hello"), "hash", "garden", "person-1")


class Speaks:
    """An engine that says one thing, and counts how often it is asked."""

    def __init__(self, name: str, said: float | Scores | CheckFailed) -> None:
        self.name, self.asked, self.state = name, 0, "as it is"
        self.said = dict.fromkeys((*CATEGORIES, ANY_HARM), said) if isinstance(said, float) else said

    async def assess(self, question: ScoringRequest, policy: Policy) -> Assessment:
        """What it says."""
        self.asked += 1
        failure = f"{self.name}: {self.said.reason}" if isinstance(self.said, CheckFailed) else None
        return Assessment(self.said, self.name, f"model of {self.name}", failure=failure)


async def judged(local: Speaks, provider: Speaks | None, policy: Policy) -> tuple[Assessment, Decision]:
    """The assessment by both, and the decision on it."""
    assessment = await RoutedEngine(local, provider).assess(QUESTION, policy)
    return assessment, decide(policy, assessment.scores, Facts((), AT, engine_failed=assessment.failure is not None))


def scores(assessment: Assessment) -> Mapping[str, float]:
    """The scores, where there are any."""
    assert not isinstance(assessment.scores, CheckFailed)
    return assessment.scores


async def test_a_policy_without_providers_pays_none() -> None:
    local, provider = Speaks("local", 0.1), Speaks("openai", 0.2)
    assessment, _ = await judged(local, provider, policy_with(asked=()))
    assert (assessment.engine, local.asked, provider.asked) == ("local", 1, 0)


async def test_each_speaks_for_its_own_categories() -> None:
    local, provider = Speaks("local", 0.1), Speaks("openai", 0.2)
    assessment, _ = await judged(local, provider, policy_with(asked=("hate", "spam")))
    assert (assessment.engine, assessment.model) == ("openai+local", "model of openai+model of local")
    found = scores(assessment)
    assert {name for name in CATEGORIES if found[name] == 0.2} == {"hate", "spam"}
    assert (local.asked, provider.asked) == (1, 1)


async def test_where_the_provider_speaks_for_all_the_model_need_not_run() -> None:
    local, provider = Speaks("local", 0.1), Speaks("openai", 0.2)
    assessment, _ = await judged(local, provider, policy_with())
    assert (assessment.engine, local.asked) == ("openai", 0)


async def test_the_score_over_all_categories_is_the_models() -> None:
    overall = Overall(title="Harm", message="This may be harmful in some way.", hold=0.6)
    policy = policy_with().model_copy(update={"overall": overall})
    assessment, decision = await judged(Speaks("local", 0.7), Speaks("openai", 0.2), policy)
    assert scores(assessment)[ANY_HARM] == 0.7
    assert [reason.rule for reason in decision.reasons] == [f"score.{ANY_HARM}"]


async def test_a_provider_that_the_policy_names_and_nobody_has_set_up_holds() -> None:
    assessment, decision = await judged(Speaks("local", 0.1), None, policy_with("hold", asked=("hate",)))
    assert (decision.outcome, decision.failure_mode) == ("held", "held")
    assert assessment.failure == "openai: not_configured"
    assert RoutedEngine(Speaks("local", 0.1)).parts(policy_with())["openai"].startswith("not configured")
    assert RoutedEngine(Speaks("local", 0.1)).parts(policy_with(asked=())) == {"model": "ok"}


@pytest.mark.parametrize(
    ("why", "on_failure", "mode"),
    [
        ("timeout", "hold", "held"),
        ("timeout", "local", "local"),
        ("circuit_open", "hold", "held"),
        ("circuit_open", "local", "local"),
        ("over_budget", "hold", "local"),
        ("budget_unknown", "hold", "local"),
        ("refused", "local", "held"),
        ("refused", "hold", "held"),
    ],
)
async def test_who_stands_in_depends_on_the_policy_but_for_money_and_refusals(
    why: ErrorCode, on_failure: str, mode: str
) -> None:
    local, provider = Speaks("local", 0.1), Speaks("openai", CheckFailed(why))
    assessment, decision = await judged(local, provider, policy_with(on_failure))
    assert decision.failure_mode == mode
    assert decision.outcome == ("held" if mode == "held" else "published")
    assert local.asked == (1 if mode == "local" else 0)
    assert assessment.failure == f"openai: {why}"


@pytest.mark.parametrize("why", ["timeout", "refused", "over_budget"])
async def test_nothing_is_published_where_both_have_failed(why: ErrorCode) -> None:
    local, provider = Speaks("local", CheckFailed("RuntimeError")), Speaks("openai", CheckFailed(why))
    for asked in (CATEGORIES, ("hate",)):
        assessment, decision = await judged(local, provider, policy_with("local", asked))
        assert (decision.outcome, decision.failure_mode) == ("held", "held")
        assert (assessment.failure or "").startswith(f"openai: {why}")


@pytest.mark.parametrize(("on_failure", "mode"), [("hold", "held"), ("local", "local")])
async def test_a_category_that_the_provider_does_not_know_is_unchecked(on_failure: str, mode: str) -> None:
    partial = Speaks("openai", {name: 0.1 for name in CATEGORIES if name != "spam"})
    assessment, decision = await judged(Speaks("local", 0.1), partial, policy_with(on_failure))
    assert decision.failure_mode == mode
    assert assessment.failure == "openai: no score for spam"
