"""The model in a real Chromium gives the same vectors, scores and outcomes as on the server."""

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
from shared.model.categories import LATER_CATEGORIES, SCORES
from shared.model.encoder import Encoder
from shared.policy import load_policy
from tests.e2e.conftest import Chromium
from tests.e2e.device_model import assess, load_into_page, model_folder
from tests.e2e.parity_texts import parity_texts
from tests.running_installation import RunningInstallation

pytestmark = pytest.mark.e2e
# Both compute in 32-bit floats, in another order of additions: measured differences are below 1e-6.
TOLERANCE = 1e-5
POLICY = load_policy(ROOT / "shared" / "policy" / "default")


def outcomes(scores: NDArray[Any]) -> list[str]:
    """Return the outcomes that these scores alone would have."""
    unknown = LATER_CATEGORIES.difference(SCORES)
    facts = Facts(hits=(), judged_at=datetime(2026, 1, 1, tzinfo=UTC), unknown_categories=unknown)
    return [decide(POLICY, dict(zip(SCORES, map(float, row), strict=True)), facts).outcome for row in scores]


def columns(results: list[dict[str, Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the browser's vectors and scores as arrays."""
    vectors = np.array([result["vector"] for result in results])
    return vectors, np.array([[result["scores"][name] for name in SCORES] for result in results])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page_with_model(chromium: Chromium, product: RunningInstallation) -> AsyncIterator[Page]:
    """A page that has loaded the model and only computes with it."""
    model_folder()
    page = await (await chromium.browser()).new_page()
    await load_into_page(page, product)
    yield page
    await page.close()


async def test_browser_and_server_compute_the_same_scores_and_outcomes(page_with_model: Page) -> None:
    folder = model_folder()
    manifest = json.loads((folder / "model.json").read_bytes())
    texts = parity_texts()
    assert len(texts) >= 1000
    vectors, scores = columns(await assess(page_with_model, texts))
    server_vectors, server_scores = Encoder.open(folder / manifest["file"], manifest["sha256"]).assess(texts)
    assert np.abs(vectors - server_vectors).max() < TOLERANCE
    assert np.abs(scores - server_scores).max() < TOLERANCE
    assert outcomes(scores) == outcomes(server_scores)


async def test_the_scores_equal_the_golden_scores(page_with_model: Page) -> None:
    golden = json.loads((ROOT / "tests" / "contract" / "model-golden" / "model.json").read_bytes())
    vectors, scores = columns(await assess(page_with_model, [case["text"] for case in golden["cases"]]))
    assert np.abs(vectors - np.array([case["vector"] for case in golden["cases"]])).max() < TOLERANCE
    assert np.abs(scores - np.array([case["scores"] for case in golden["cases"]])).max() < TOLERANCE
