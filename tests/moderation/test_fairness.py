"""One account's flood of long texts, on a model and a clock of the test's own: another person waits for one run."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from services.moderation import rule_checks
from services.moderation.domain import Facts, decide
from services.moderation.rule_checks import RuleChecks, TooDense
from shared.model.inference_cache import Inference
from shared.model.micro_batcher import MicroBatcher
from shared.policy import DEFAULT_POLICY, Policy, RuleHit, load_policy
from shared.policy.density import MOST_NORMALIZED
from shared.testing import AT
from tests.moderation.fakes import scores_of

SHORT, LONG = "ripe tomatoes and basil", "x" * 40_000
FLOOD = 20
# Milliseconds of a pass as measured on two cores, and of everything else on the way of a quiet decision.
PASS_MS, LONG_PASS_MS, REST_MS = 12.0, 80.0, 58.0


@dataclass
class TimedModel:
    """Adds the cost of each run to its clock. The test lets the runs begin one at a time."""

    digest: str = "timed"
    passes: int = 0
    now_ms: float = 0.0
    runs: list[list[str]] = field(default_factory=list)
    go_on: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    started: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def infer(self, texts: Sequence[str]) -> list[Inference]:
        """Return empty results after the time that these texts cost."""
        self.runs.append(list(texts))
        self.started.release()
        self.go_on.acquire()
        self.now_ms += sum(LONG_PASS_MS if len(text) > 1000 else PASS_MS for text in texts)
        return [Inference(np.zeros(384, np.float32), np.zeros(7, np.float32)) for _ in texts]


async def test_a_flood_of_long_texts_at_most_triples_another_persons_wait() -> None:
    model = TimedModel()
    async with MicroBatcher(model) as batcher:
        flood = [asyncio.create_task(batcher.infer(LONG, author="flood")) for _ in range(FLOOD)]
        await asyncio.to_thread(model.started.acquire)
        submitted_at = model.now_ms
        short = asyncio.create_task(batcher.infer(SHORT, author="quiet"))
        model.go_on.release(FLOOD + 1)
        await short
        waited = next(position for position, run in enumerate(model.runs) if SHORT in run)
        spent = LONG_PASS_MS * waited + PASS_MS
        await asyncio.gather(*flood)
    quiet = PASS_MS + REST_MS
    assert submitted_at == 0.0
    assert (spent + REST_MS) / quiet <= 3
    assert len(model.runs) == FLOOD + 1


@pytest.fixture
def policy() -> Policy:
    return load_policy(DEFAULT_POLICY)


async def test_long_texts_are_matched_one_at_a_time_in_turn_by_author(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    running = threading.Semaphore(1)

    def match(_: Policy, text: str) -> tuple[RuleHit, ...]:
        assert running.acquire(blocking=False), "two long texts at once"
        order.append(text[:1])
        running.release()
        return ()

    monkeypatch.setattr(rule_checks, "match", match)
    checks = RuleChecks()
    tasks = [asyncio.create_task(checks.hits(policy, "a" * 5000, "flood")) for _ in range(4)]
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(checks.hits(policy, "b" * 5000, "other")))
    await asyncio.gather(*tasks)
    assert order.index("b") <= 1
    assert len(order) == 5


async def test_a_cancelled_check_gives_its_turn_to_the_next(policy: Policy) -> None:
    checks = RuleChecks()
    tasks = [asyncio.create_task(checks.hits(policy, "word " * 1000, "a")) for _ in range(6)]
    await asyncio.sleep(0)
    for cancelled in (tasks[0], tasks[2], tasks[3]):
        cancelled.cancel()
    async with asyncio.timeout(60):
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(result, tuple) for result in results] == [False, True, False, False, True, True]


async def test_a_text_whose_normalized_form_explodes_is_not_searched_but_held(policy: Policy) -> None:
    with pytest.raises(TooDense):
        await RuleChecks().hits(policy, "\ufdfa" * 40_000, "a")
    decision = decide(policy, scores_of(0.0), Facts((), judged_at=AT, too_dense=True))
    assert (decision.outcome, [reason.rule for reason in decision.reasons]) == ("held", ["check.too_dense"])


@pytest.mark.parametrize("character", ["a", "é", "漢", "각", "ﬁ", "a\u0301\u0302\u0303"])
async def test_the_longest_text_of_every_language_is_searched(policy: Policy, character: str) -> None:
    text = (character * 40_300)[:40_300]
    assert len(text) * 3 <= MOST_NORMALIZED
    assert await RuleChecks().hits(policy, text, "a") == ()
