"""Which engine scores which category, and the fallback to the local model."""

from collections.abc import Mapping

import pytest

from services.moderation.domain import CheckFailed, Decision, Facts, Scores, decide
from services.moderation.engines import routed_engine
from services.moderation.engines.engine import Assessment, ScoringRequest, without_score
from services.moderation.engines.provider_errors import ErrorCode
from services.moderation.engines.routed_engine import RoutedEngine
from shared.content import Content
from shared.model.categories import SCORES
from shared.policy import ANY_HARM, CATEGORIES, Overall, Policy
from shared.testing import AT
from tests.moderation.engine_setup import policy_with

QUESTION = ScoringRequest(Content(body="Hello"), "hash", "garden", "person-1")


class FakeEngine:
    """An engine with one result, which counts its requests."""

    def __init__(self, name: str, result: float | Scores | CheckFailed) -> None:
        self.name, self.calls, self.state, self.misconfiguration = name, 0, "as it is", ""
        self.result = dict.fromkeys((*CATEGORIES, ANY_HARM), result) if isinstance(result, float) else result

    async def assess(self, question: ScoringRequest, policy: Policy) -> Assessment:
        """Return the result."""
        self.calls += 1
        failure = f"{self.name}: {self.result.reason}" if isinstance(self.result, CheckFailed) else None
        unknown = frozenset[str]() if failure else without_score(self.result)  # type: ignore[arg-type]
        model = f"model of {self.name}"
        return Assessment(self.result, self.name, model, failure=failure, unknown_categories=unknown)

    async def try_once(self, policy: Policy) -> str:
        """Return what is wrong: nothing."""
        return ""


async def decided(local: FakeEngine, provider: FakeEngine | None, policy: Policy) -> tuple[Assessment, Decision]:
    """Return the assessment of both engines, and the decision on it."""
    assessment = await RoutedEngine(local, provider).assess(QUESTION, policy)
    failed, unknown = assessment.failure is not None, assessment.unknown_categories
    return assessment, decide(policy, assessment.scores, Facts((), AT, failed, unknown_categories=unknown))


def scores(assessment: Assessment) -> Mapping[str, float]:
    """Return the scores of a successful assessment."""
    assert not isinstance(assessment.scores, CheckFailed)
    return assessment.scores


async def test_a_policy_without_a_provider_asks_none() -> None:
    local, provider = FakeEngine("local", 0.1), FakeEngine("openai", 0.2)
    assessment, _ = await decided(local, provider, policy_with(provider_categories=()))
    assert (assessment.engine, local.calls, provider.calls) == ("local", 1, 0)


async def test_each_engine_scores_its_own_categories() -> None:
    local, provider = FakeEngine("local", 0.1), FakeEngine("openai", 0.2)
    assessment, _ = await decided(local, provider, policy_with(provider_categories=("hate", "spam")))
    assert (assessment.engine, assessment.model) == ("openai+local", "model of openai+model of local")
    by_category = scores(assessment)
    assert {name for name in CATEGORIES if by_category[name] == 0.2} == {"hate", "spam"}
    assert (local.calls, provider.calls) == (1, 1)


async def test_the_local_model_does_not_run_if_the_provider_scores_all_categories() -> None:
    local, provider = FakeEngine("local", 0.1), FakeEngine("openai", 0.2)
    assessment, _ = await decided(local, provider, policy_with())
    assert (assessment.engine, local.calls) == ("openai", 0)


async def test_the_overall_score_comes_from_the_local_model() -> None:
    overall = Overall(title="Harm", message="This may be harmful in some way.", hold=0.6)
    policy = policy_with().model_copy(update={"overall": overall})
    assessment, decision = await decided(FakeEngine("local", 0.7), FakeEngine("openai", 0.2), policy)
    assert scores(assessment)[ANY_HARM] == 0.7
    assert [reason.rule for reason in decision.reasons] == [f"score.{ANY_HARM}"]


async def test_a_provider_that_is_not_configured_holds_the_text() -> None:
    assessment, decision = await decided(
        FakeEngine("local", 0.1), None, policy_with("hold", provider_categories=("hate",))
    )
    assert (decision.outcome, decision.failure_mode) == ("held", "held")
    assert assessment.failure == "openai: not_configured"
    assert RoutedEngine(FakeEngine("local", 0.1)).parts(policy_with())["openai"].startswith("not configured")
    assert "openai" not in RoutedEngine(FakeEngine("local", 0.1)).parts(policy_with(provider_categories=()))


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
async def test_the_policy_decides_on_the_fallback_except_for_budgets_and_refusals(
    why: ErrorCode, on_failure: str, mode: str
) -> None:
    local, provider = FakeEngine("local", 0.1), FakeEngine("openai", CheckFailed(why))
    assessment, decision = await decided(local, provider, policy_with(on_failure))
    assert decision.failure_mode == mode
    assert decision.outcome == ("held" if mode == "held" else "published")
    assert local.calls == (1 if mode == "local" else 0)
    assert assessment.failure == f"openai: {why}"


@pytest.mark.parametrize("why", ["timeout", "refused", "over_budget"])
async def test_nothing_is_published_if_both_engines_failed(why: ErrorCode) -> None:
    local, provider = FakeEngine("local", CheckFailed("RuntimeError")), FakeEngine("openai", CheckFailed(why))
    for provider_categories in (CATEGORIES, ("hate",)):
        assessment, decision = await decided(local, provider, policy_with("local", provider_categories))
        assert (decision.outcome, decision.failure_mode) == ("held", "held")
        assert (assessment.failure or "").startswith(f"openai: {why}")


@pytest.mark.parametrize(("on_failure", "mode"), [("hold", "held"), ("local", "local")])
async def test_a_category_that_the_provider_lacks_is_unchecked(on_failure: str, mode: str) -> None:
    partial = FakeEngine("openai", {name: 0.1 for name in CATEGORIES if name != "spam"})
    assessment, decision = await decided(FakeEngine("local", 0.1), partial, policy_with(on_failure))
    assert decision.failure_mode == mode
    assert assessment.failure == "openai: no score for spam"


async def test_a_category_that_no_engine_knows_is_named_and_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = (*SCORES, "self_harm_encouragement")
    monkeypatch.setattr(routed_engine, "SCORES", tuple(name for name in columns if name != "sexual_minors"))
    known = {name: 0.1 for name in (*CATEGORIES, ANY_HARM) if name != "sexual_minors"}
    for provider_categories in ((), ("hate", "sexual_minors"), CATEGORIES):
        policy = policy_with(provider_categories=provider_categories)
        local, provider = FakeEngine("local", known), FakeEngine("openai", known)
        assessment, decision = await decided(local, provider, policy)
        assert (decision.outcome, decision.failure_mode, assessment.failure) == ("published", None, None)
        part = RoutedEngine(local, provider).parts(policy).get("categories", "")
        assert part.startswith("sexual_minors: ") == ("sexual_minors" not in provider_categories)


async def test_a_provider_that_is_away_holds_a_text_also_in_a_category_that_the_local_model_lacks() -> None:
    known = {name: 0.1 for name in (*CATEGORIES, ANY_HARM) if name != "sexual_minors"}
    away = FakeEngine("openai", CheckFailed("timeout"))
    policy = policy_with("hold", provider_categories=("sexual_minors",))
    _, decision = await decided(FakeEngine("local", known), away, policy)
    assert (decision.outcome, decision.failure_mode) == ("held", "held")
