"""Dry run, decision and vector of the same text share the passes of the model."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.embeddings.adapters import EdgeIndex
from services.gateway.http.admission import DRY_RUNS_PER_CALLER
from shared.log.streams import DECIDE_POST, INDEX_POST
from shared.model.inference_cache import Inference
from shared.testing import TestBroker
from tests.faults.fakes import FakeModel
from tests.faults.in_process import Scenario, embeddings_app, moderation_app, open_scenario, running
from tests.faults.waiting import wait_until
from tests.gateway.conftest import Gateway, Person, running_gateway

pytestmark = pytest.mark.broker
TEXT = {"community": "garden", "title": "Tomatoes", "body": "They are ripe."}
WINDOWS = 2  # the title, and title and body, whose vector is also that of the post


class GatedModel(FakeModel):
    """A model that waits until its gate opens; `entered` is set when a text waits."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.entered = threading.Event(), threading.Event()
        self.gate.set()

    def infer(self, texts: Sequence[str]) -> list[Inference]:
        """Wait for the gate, then return one inference per text."""
        self.entered.set()
        self.gate.wait()
        return super().infer(texts)


@dataclass
class Installation:
    """Gateway, moderation and embeddings, with one author."""

    gateway: Gateway
    scenario: Scenario
    model: GatedModel
    person: Person

    async def check(self) -> int:
        """Ask for a dry run of the text and return the HTTP status."""
        return (await self.person.http.post("/v1/previews/check", json=TEXT)).status_code

    async def submit(self) -> None:
        """Submit the text."""
        assert (await self.person.submit(**TEXT)).status_code == 202

    async def passes(self) -> dict[str, int]:
        """Return the texts that each service has run through its encoder, once nothing is pending."""

        async def indexed() -> bool:
            return await self.scenario.deliveries(INDEX_POST) > 0

        await wait_until(indexed, "the decision reaches embeddings")
        await self.scenario.wait_until_idle(DECIDE_POST, INDEX_POST)
        return {service: (await self.scenario.health(service)).passes for service in ("moderation", "embeddings")}


@pytest.fixture
async def installation(broker: TestBroker, tmp_path: Path) -> AsyncIterator[Installation]:
    """Run all services that run a model."""
    model = GatedModel()
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(running_gateway(broker, tmp_path))
        await gateway.community()
        scenario = await stack.enter_async_context(open_scenario(broker))
        await stack.enter_async_context(running(moderation_app(broker, model)))
        await stack.enter_async_context(running(embeddings_app(broker, tmp_path, EdgeIndex(tmp_path / "index"))))
        installation = Installation(gateway, scenario, model, await gateway.person("ada"))

        async def ready() -> bool:
            health = await asyncio.gather(scenario.health("moderation"), scenario.health("embeddings"))
            return all(part.ready for part in health)

        await wait_until(ready, "moderation and embeddings are ready")
        yield installation
        model.gate.set()


async def test_dry_run_decision_and_vector_share_their_passes(installation: Installation) -> None:
    assert await installation.check() == 200
    assert await installation.check() == 200
    await installation.submit()
    assert await installation.passes() == {"moderation": WINDOWS, "embeddings": 0}


async def test_a_submission_waits_for_the_result_of_a_running_dry_run(installation: Installation) -> None:
    installation.model.gate.clear()
    check = asyncio.create_task(installation.check())
    await wait_until(_holds(installation.model.entered.is_set), "the dry run is in the model")
    await installation.submit()
    await wait_until(_is_delivered(installation.scenario), "the submission is being judged")
    installation.model.gate.set()
    assert await check == 200
    assert await installation.passes() == {"moderation": WINDOWS, "embeddings": 0}


async def test_a_submission_uses_the_result_of_a_cancelled_dry_run(installation: Installation) -> None:
    installation.model.gate.clear()
    check = asyncio.create_task(installation.check())
    await wait_until(_holds(installation.model.entered.is_set), "the dry run is in the model")
    check.cancel()
    await asyncio.gather(check, return_exceptions=True)
    await installation.submit()
    installation.model.gate.set()
    assert await installation.passes() == {"moderation": WINDOWS, "embeddings": 0}


async def test_concurrent_dry_runs_of_one_text_share_their_passes(installation: Installation) -> None:
    # One user may have two dry runs under way; the others are refused without a pass.
    statuses = await asyncio.gather(*(installation.check() for _ in range(20)))
    assert set(statuses) == {200, 429}
    assert statuses.count(200) >= DRY_RUNS_PER_CALLER
    await installation.submit()
    assert await installation.passes() == {"moderation": WINDOWS, "embeddings": 0}


def _holds(look: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def looked() -> bool:
        return look()

    return looked


def _is_delivered(scenario: Scenario) -> Callable[[], Awaitable[bool]]:
    async def looked() -> bool:
        return await scenario.deliveries(DECIDE_POST) > 0

    return looked
