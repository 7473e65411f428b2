"""The model in a real Chromium comes to what the server comes to: the same vectors, scores and verdicts."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray
from playwright.async_api import Page

from deploy.installation.settings import ROOT
from services.moderation.domain import Facts, decide
from shared.model.categories import SCORES
from shared.model.encoder import Encoder
from shared.policy import load_policy
from tests.e2e.conftest import Chromium
from tests.e2e.device_model import assess, model_folder, turn_on
from tests.e2e.parity_texts import parity_texts
from tests.running_installation import RunningInstallation

pytestmark = pytest.mark.e2e
# Both compute in 32-bit floats, in another order of additions: measured differences are below 1e-6.
TOLERANCE = 1e-5
POLICY = load_policy(ROOT / "shared" / "policy" / "default")


def outcomes(scores: NDArray[Any]) -> list[str]:
    """What the official decision would be by these scores alone."""
    facts = Facts(hits=(), judged_at=datetime(2026, 1, 1, tzinfo=UTC))
    return [decide(POLICY, dict(zip(SCORES, map(float, row), strict=True)), facts).outcome for row in scores]


def columns(found: list[dict[str, Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Vectors and scores as the browser gave them."""
    vectors = np.array([one["vector"] for one in found])
    return vectors, np.array([[one["scores"][name] for name in SCORES] for one in found])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page_with_model(chromium: Chromium, product: RunningInstallation) -> AsyncIterator[Page]:
    """A page that has loaded the model and only computes with it."""
    model_folder()
    page = await (await chromium.browser()).new_page()
    await turn_on(page, product)
    yield page
    await page.close()


async def test_browser_and_server_compute_the_same_scores_and_outcomes(page_with_model: Page) -> None:
    folder = model_folder()
    manifest = json.loads((folder / "model.json").read_bytes())
    texts = parity_texts()
    assert len(texts) >= 1000
    vectors, scores = columns(await assess(page_with_model, texts))
    ours, our_scores = Encoder.open(folder / manifest["file"], manifest["sha256"]).assess(texts)
    assert np.abs(vectors - ours).max() < TOLERANCE
    assert np.abs(scores - our_scores).max() < TOLERANCE
    assert outcomes(scores) == outcomes(our_scores)


async def test_the_scores_equal_the_golden_scores(page_with_model: Page) -> None:
    golden = json.loads((ROOT / "tests" / "contract" / "model-golden" / "model.json").read_bytes())
    vectors, scores = columns(await assess(page_with_model, [case["text"] for case in golden["cases"]]))
    assert np.abs(vectors - np.array([case["vector"] for case in golden["cases"]])).max() < TOLERANCE
    assert np.abs(scores - np.array([case["scores"] for case in golden["cases"]])).max() < TOLERANCE
