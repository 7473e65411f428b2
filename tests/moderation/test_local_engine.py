"""The local engine reads texts by windows: each once, and after an edit only those that changed."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np
import pytest

from services.moderation.domain import CheckFailed
from services.moderation.engines.engine import Assessment, ScoringRequest
from services.moderation.engines.local_engine import LocalEngine
from services.moderation.engines.text_reading import plan, whole
from shared.content import Content
from shared.model.categories import SCORES
from shared.model.inference_cache import Inference, InferenceCache
from shared.model.micro_batcher import MicroBatcher
from shared.policy import DEFAULT_POLICY, load_policy
from tests.faults.fakes import HOLD_SCORE, HOLD_WORD, FakeModel
from tests.moderation.fakes import MemoryBucket

# As the model returns it, in 32 bits.
HELD = float(np.float32(HOLD_SCORE))
SENTENCE = "The beds along the wall get sun from nine until the late afternoon."
POLICY = load_policy(DEFAULT_POLICY).model_copy(update={"model": None})
DRY_RUNS = 12


@asynccontextmanager
async def _engine(model: FakeModel, bucket: MemoryBucket) -> AsyncIterator[LocalEngine]:
    async with MicroBatcher(model) as batcher:
        yield LocalEngine(batcher, InferenceCache(bucket, model.digest), model.digest)


def _request(content: Content, person: str = "ada", *, dry_run: bool = False) -> ScoringRequest:
    return ScoringRequest(content, f"{abs(hash((content, person))):x}", "garden", person, dry_run=dry_run)


def _score(assessment: Assessment, name: str) -> float:
    assert not isinstance(assessment.scores, CheckFailed)
    return assessment.scores[name]


def _article(changed: str = "", count: int = 40) -> Content:
    paragraphs = [f"{SENTENCE[: 20 + place * place % 41]}. This is paragraph {place} of all." for place in range(count)]
    if changed:
        paragraphs[12] = f"{changed} This is paragraph twelve of all of them."
    return Content(title="The garden in summer", body="\n\n".join(paragraphs))


async def test_a_word_anywhere_in_a_long_text_decides_and_is_marked() -> None:
    content = _article(f"Nobody reads {HOLD_WORD} here, in the middle of everything else.")
    async with _engine(FakeModel(), MemoryBucket()) as engine:
        calm = await engine.assess(_request(_article()), POLICY)
        found = await engine.assess(_request(content), POLICY)
    assert (_score(calm, "spam"), _score(found, "spam")) == (0.0, HELD)
    mark = found.marks["spam"]
    assert HOLD_WORD in content.text[mark.start : mark.end]
    assert mark.end - mark.start <= 200
    assert found.reading == whole(len(content.text))


async def test_a_disguised_word_is_read_in_its_restored_form() -> None:
    async with _engine(FakeModel(), MemoryBucket()) as engine:
        found = await engine.assess(_request(Content(body="This is z z h o l d for all of you")), POLICY)
    assert _score(found, "spam") == HELD


async def test_an_edit_costs_the_windows_that_it_changes() -> None:
    model = FakeModel()
    async with _engine(model, MemoryBucket()) as engine:
        await engine.assess(_request(_article()), POLICY)
        first = model.passes
        await engine.assess(_request(_article("The hedge is new.")), POLICY)
        edited = model.passes - first
        await engine.assess(_request(_article("The hedge is new."), person="bob"), POLICY)
    assert first == len(plan(_article(), None, "").forms)
    assert 0 < edited <= 6
    assert model.passes == first + edited


async def test_another_process_reads_nothing_again() -> None:
    model, bucket = FakeModel(), MemoryBucket()
    async with _engine(model, bucket) as one:
        first = await one.assess(_request(_article()), POLICY)
    passes = model.passes
    async with _engine(model, bucket) as other:
        second = await other.assess(_request(_article()), POLICY)
    assert model.passes == passes
    assert first == second


async def test_a_short_text_leaves_its_vector_for_search() -> None:
    model, bucket = FakeModel(), MemoryBucket()
    content = Content(title="Tomatoes", body=SENTENCE)
    async with _engine(model, bucket) as engine:
        await engine.assess(_request(content), POLICY)
        stored = await InferenceCache(bucket, model.digest).get(_request(content).content_hash)
        await engine.assess(_request(_article()), POLICY)
        unstored = await InferenceCache(bucket, model.digest).get(_request(_article()).content_hash)
    assert model.passes == 2 + len(plan(_article(), None, "").forms)
    assert stored is not None
    assert np.array_equal(stored.vector, FakeModel().infer([content.text])[0].vector)
    assert unstored is None


@pytest.mark.parametrize("damage", [b"", b"\x00" * 10, np.full(28, np.nan, "<f4").tobytes()])
async def test_a_damaged_entry_is_read_again(damage: bytes) -> None:
    model, bucket = FakeModel(), MemoryBucket()
    content = Content(body=f"{SENTENCE} {HOLD_WORD}")
    async with _engine(model, bucket) as engine:
        before = await engine.assess(_request(content), POLICY)
        bucket.stored = dict.fromkeys(bucket.stored, damage)
    async with _engine(model, bucket) as engine:
        assert await engine.assess(_request(content), POLICY) == before


class SteppingModel(FakeModel):
    """A model that runs one batch whenever the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[str]] = []
        self.started, self.go_on = threading.Semaphore(0), threading.Semaphore(0)

    def infer(self, texts: Sequence[str]) -> list[Inference]:
        """Wait for the test, then return one inference per text."""
        self.batches.append(list(texts))
        self.started.release()
        self.go_on.acquire()
        return super().infer(texts)


async def test_the_windows_of_one_author_do_not_keep_another_waiting() -> None:
    model = SteppingModel()
    long_text, short = _article(count=150), Content(body="Is it ripe?")
    async with _engine(model, MemoryBucket()) as engine:
        flood = asyncio.create_task(engine.assess(_request(long_text, "flood"), POLICY))
        await asyncio.to_thread(model.started.acquire)
        quiet = asyncio.create_task(engine.assess(_request(short, "quiet"), POLICY))
        await asyncio.sleep(0)
        model.go_on.release(1000)
        await asyncio.gather(flood, quiet)
    assert len(model.batches) > 10
    assert any(short.body in batch for batch in model.batches[:3])


async def test_a_dry_run_of_a_long_text_is_one_of_those_that_may_be_under_way() -> None:
    model = SteppingModel()
    async with _engine(model, MemoryBucket()) as engine:
        texts = [Content(body=f"{number} {_article().body}") for number in range(DRY_RUNS)]
        checks = [asyncio.create_task(engine.assess(_request(text, dry_run=True), POLICY)) for text in texts]
        await asyncio.to_thread(model.started.acquire)
        model.go_on.release(1000)
        found = await asyncio.gather(*checks)
    refused = [assessment for assessment in found if assessment.failure]
    assert 0 < len(refused) < DRY_RUNS


class TogetherModel(FakeModel):
    """A model to which a text with a match and a barn is violence, and one with a barn slightly."""

    def infer(self, texts: Sequence[str]) -> list[Inference]:
        """Return one inference per text."""
        found = super().infer(texts)
        for text, inference in zip(texts, found, strict=True):
            together = 0.9 if "match" in text else 0.4
            inference.scores[SCORES.index("violence")] = together if "barn" in text else 0.0
        return found


@pytest.mark.parametrize(
    ("answered", "body", "score"),
    [
        ("What shall we do with his barn?", "Take a match.", 0.9),  # harm that only both have together
        ("Shall I hold a match to the barn?", "Never mind.", 0.0),  # the harm of another
        ("", "Take a match.", 0.0),
        ("What shall we do with his barn?", "Take a match. " + "We talked about the weather at length. " * 5, 0.0),
    ],
)
async def test_a_short_answer_is_read_with_what_it_answers(answered: str, body: str, score: float) -> None:
    request = replace(_request(Content(body=body)), answered=answered, answered_hash=f"{abs(hash(answered)):x}")
    async with _engine(TogetherModel(), MemoryBucket()) as engine:
        found = await engine.assess(request, POLICY)
    assert _score(found, "violence") == pytest.approx(score)
    assert "violence" not in found.marks or score == 0.0


async def test_the_same_answer_to_another_text_has_a_result_of_its_own() -> None:
    bucket, scores = MemoryBucket(), []
    for answered in ("What shall we do with his barn?", "What is this on the shelf?"):
        async with _engine(TogetherModel(), bucket) as engine:
            answer = replace(_request(Content(body="Take a match.")), answered=answered)
            found = await engine.assess(replace(answer, answered_hash=f"{abs(hash(answered)):x}"), POLICY)
            scores.append(_score(found, "violence"))
    assert scores == [pytest.approx(0.9), 0.0]


async def test_a_text_of_white_space_is_read_as_it_is() -> None:
    async with _engine(FakeModel(), MemoryBucket()) as engine:
        assert (await engine.assess(_request(Content(body=" \n")), POLICY)).reading == whole(2)
