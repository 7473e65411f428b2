"""Scores of a text in a language that the engine was not made for are never used, on every path to a decision."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import pytest
from nats.aio.client import Client

from services.moderation.domain import CheckFailed, Facts, decide
from services.moderation.engines.engine import Assessment, ScoringRequest
from services.moderation.engines.routed_engine import RoutedEngine
from services.moderation.handlers import Dependencies, Handlers
from shared.content import Content
from shared.log.events import Event, Origin, PostDecided
from shared.messaging.requests import CheckDraft
from shared.policy import DEFAULT_POLICY, Policy, load_policy
from shared.policy.judged_languages import Languages
from shared.policy.load import needs_provider
from shared.security.sealing import DataKey
from shared.telemetry.metrics import Metrics
from shared.testing import AT, edited, submitted
from tests.contract.make_language_vectors import own_texts
from tests.in_memory_log import InMemoryLog
from tests.moderation.fakes import FixedEngine, InMemoryKeys, scores_of

AUTHOR, KEY = "author-1", DataKey(b"k" * 32)
POLICY = load_policy(DEFAULT_POLICY)
GERMAN = "Ich weiß, wo du wohnst, und ich komme heute Nacht."
OWN = own_texts()
FOREIGN = [text for texts in OWN["foreign"].values() for text in texts]
JUDGED = [text for text in [*OWN["english"], *OWN["unknown"]] if text.strip()]


@dataclass
class HarshEngine(FixedEngine):
    """Finds everything harmful, and notes what it has read."""

    read: list[str] = field(default_factory=list)
    state: str = "ok"

    async def assess(self, question: ScoringRequest, policy: Policy) -> Assessment:
        """Return the highest scores, or the fixed failure."""
        self.read.append(question.content.text)
        found = await super().assess(question, policy)
        failed = isinstance(self.scores, CheckFailed)
        return Assessment(
            found.scores, found.engine, found.model, failure="away" if failed else None, reading=found.reading
        )

    @property
    def misconfiguration(self) -> str:  # type: ignore[override]
        """Return nothing: all settings are right."""
        return ""

    async def try_once(self, policy: Policy) -> str:
        """Return nothing: it works."""
        return ""


def harsh(value: float = 1.0) -> HarshEngine:
    """Return an engine that gives everything this score."""
    return HarshEngine(scores_of(value))


def policy_for(**languages: object) -> Policy:
    """Return the default policy with other languages."""
    return POLICY.model_copy(update={"languages": Languages.model_validate(languages)})


async def assess(
    policy: Policy, text: str, local: HarshEngine, provider: HarshEngine | None = None
) -> tuple[Assessment, str]:
    """Return the assessment and the outcome of the decision."""
    request = ScoringRequest(Content(body=text), "hash", "garden", AUTHOR)
    found = await RoutedEngine(local, provider).assess(request, policy)
    unknown, failed = found.unknown_categories, found.failure is not None
    facts = Facts((), AT, failed, unknown_categories=unknown, reading=found.reading, unjudged=found.unjudged_part)
    return found, decide(policy, found.scores, facts).outcome


def _submission(log: InMemoryLog, text: str) -> Event:
    return log.put(submitted(key=KEY, text=text, author_id=AUTHOR))


def _edit(log: InMemoryLog, text: str) -> Event:
    post = log.put(submitted(key=KEY, text="Hello there", author_id=AUTHOR))
    return log.put(edited(post, content=KEY.seal(Content(body=text).canonical(), post.entity_id)))


def _comment(log: InMemoryLog, text: str) -> Event:
    return log.put(submitted(key=KEY, text=text, author_id=AUTHOR, parent_id="post-0", root_id="post-0"))


def _import(log: InMemoryLog, text: str) -> Event:
    return log.put(submitted(key=KEY, text=text, author_id=AUTHOR, origin=Origin(source_id="reddit:1")))


async def decision_by(path: Callable[[InMemoryLog, str], Event], text: str) -> PostDecided:
    """Return the decision on a text that came on this path, by an engine that finds everything harmful."""
    log, handlers, engine = InMemoryLog(), Handlers(POLICY), harsh()
    client, metrics = cast(Client, None), Metrics("moderation")
    keys = InMemoryKeys({AUTHOR: KEY})
    handlers.dependencies = Dependencies(client, RoutedEngine(engine), log, keys, engine, metrics)
    await handlers.decide_post(path(log, text))
    assert engine.read == []
    return next(event.data for event in log.events if isinstance(event.data, PostDecided))


@pytest.mark.parametrize("path", [_submission, _edit, _comment, _import])
async def test_no_score_of_another_language_decides_on_a_post(path: Callable[[InMemoryLog, str], Event]) -> None:
    for decision in await asyncio.gather(*(decision_by(path, text) for text in FOREIGN)):
        assert (decision.outcome, decision.scores, decision.engine) == ("published", {}, "none")
        assert decision.unjudged == "language"
        assert decision.unjudged_languages
        assert decision.reading is not None
        assert (decision.reading.read, decision.reading.unread) == (0, ())


async def test_no_score_of_another_language_decides_on_a_dry_run() -> None:
    handlers, engine = Handlers(POLICY), harsh()
    client, metrics = cast(Client, None), Metrics("moderation")
    keys = InMemoryKeys({AUTHOR: KEY})
    handlers.dependencies = Dependencies(client, RoutedEngine(engine), InMemoryLog(), keys, engine, metrics)
    for text in FOREIGN:
        found = await handlers.check_draft(CheckDraft(community="garden", body=text, person_id=AUTHOR))
        assert (found.outcome, found.unjudged, found.error) == ("published", "language", None)
    assert engine.read == []


@pytest.mark.parametrize("text", JUDGED, ids=range(len(JUDGED)))
async def test_scores_of_english_and_of_doubtful_texts_are_used(text: str) -> None:
    found, outcome = await assess(POLICY, text, harsh())
    assert outcome == "held"
    assert found.unjudged is None


async def test_an_engine_reads_only_the_part_in_its_language() -> None:
    local = harsh()
    text = "I met them at the station this morning, and it was fine. " + GERMAN
    found, outcome = await assess(POLICY, text, local)
    assert [read.rstrip() for read in local.read] == ["I met them at the station this morning, and it was fine."]
    assert len(local.read[0]) == len(text)
    assert local.hashes != ["hash"]  # the scores of the part must not be stored as the text's
    assert found.unjudged is not None
    assert (outcome, found.unjudged.languages, found.unjudged.substantial) == ("held", ("de",), True)
    assert found.reading is not None
    assert found.reading.read == len(text) - len(GERMAN) - 1


@pytest.mark.parametrize(("answered", "read"), [(GERMAN, ""), ("Where were you this morning?",) * 2], ids=range(2))
async def test_a_comment_is_not_read_with_what_it_answers_in_another_language(answered: str, read: str) -> None:
    local = harsh()
    request = ScoringRequest(Content(body="I was at the station."), "hash", "garden", AUTHOR, answered=answered)
    await RoutedEngine(local).assess(request, POLICY)
    assert local.answered == [read]


async def test_a_text_that_no_engine_judges_is_held_if_the_policy_says_so() -> None:
    found, outcome = await assess(policy_for(otherwise="hold"), GERMAN, harsh(0.0))
    assert (outcome, found.scores) == ("held", {})
    _, english = await assess(policy_for(otherwise="hold"), "I think the power supply is the problem.", harsh(0.0))
    assert english == "published"


async def test_rules_search_texts_in_every_language() -> None:
    log, handlers, engine = InMemoryLog(), Handlers(POLICY), harsh()
    client, metrics = cast(Client, None), Metrics("moderation")
    keys = InMemoryKeys({AUTHOR: KEY})
    handlers.dependencies = Dependencies(client, RoutedEngine(engine), log, keys, engine, metrics)
    await handlers.decide_post(_submission(log, f"{GERMAN} kys {GERMAN}"))
    await handlers.decide_post(_submission(log, " ".join([GERMAN] + [f"https://example.org/{n}" for n in range(13)])))
    decisions = [event.data for event in log.events if isinstance(event.data, PostDecided)]
    assert [(decision.outcome, decision.unjudged) for decision in decisions] == [("held", "language")] * 2
    assert [decision.reasons[0].rule for decision in decisions] == ["harassment.told_to_die_maybe", "spam.link_farm"]


async def test_a_provider_judges_what_the_local_model_cannot_if_the_policy_says_so() -> None:
    policy, local, provider = policy_for(otherwise="openai"), harsh(), harsh()
    found, outcome = await assess(policy, GERMAN, local, provider)
    assert (local.read, provider.read) == ([], [GERMAN])
    assert (outcome, found.unjudged) == ("held", None)
    assert needs_provider(policy)
    _, published = await assess(policy, GERMAN, harsh(), harsh(0.0))
    assert published == "published"


async def test_a_text_is_held_if_the_provider_that_should_judge_its_language_fails() -> None:
    policy = policy_for(otherwise="openai")
    for code in ("unreachable", "over_budget"):
        _, outcome = await assess(policy, GERMAN, harsh(0.0), HarshEngine(CheckFailed(code)))
        assert outcome == "held"
    _, outcome = await assess(policy, GERMAN, harsh(0.0))
    assert outcome == "held"


async def test_a_provider_is_not_asked_about_languages_that_it_does_not_judge() -> None:
    provider = harsh()
    found, outcome = await assess(policy_for(openai=("fr",), otherwise="openai"), GERMAN, harsh(), provider)
    assert (provider.read, outcome) == ([], "held")
    assert found.unjudged is not None
