"""Helpers that turn on the device model in a real page, with the client's own code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from services.gateway.settings import Settings
from tests.running_installation import RunningInstallation

# Loads the model in the page that is open, waits until it is warm, and defines `assessed`.
TURN_ON = """async (path) => {
  const { ModelController } = await import(path);
  const names = ["status", "size", "progress", "error", "pausedBecause", "isStored", "vectorKind"];
  const view = Object.fromEntries(names.map((name) => [name, { value: "" }]));
  view.status.value = "off";
  const manifest = async () => (await fetch("/v1/device/model")).json();
  const server = { manifest, fetch: (path, init) => fetch(path, init) };
  const controller = new ModelController(view, {}, server);
  await controller.startAnyway(); // also on a low battery
  await controller.turnOn();
  if (view.status.value !== "ready") throw new Error(`${view.status.value}: ${view.error.value?.reason}`);
  globalThis.assessed = async (text, forms = [text]) => {
    const began = performance.now();
    const answer = await controller.read({ text, windows: [forms], limitMs: 600000 });
    return { vector: [...answer.vector], scores: answer.scores[0], ms: performance.now() - began };
  };
}"""
ASSESS = "async (texts) => { const all = []; for (const text of texts) all.push(await assessed(text)); return all; }"
# Loading and thirty runs, on two busy cores.
READY_MS = 120_000
# Texts per message between Python and the browser.
TEXTS_PER_CALL = 100


def model_folder() -> Path:
    """Return the folder of the device model; skip the test if it has no model."""
    folder = Settings().device_model_dir
    if not (folder / "model.json").is_file():
        pytest.skip(f"no model for devices in {folder}: OTTIT_DEVICE_MODEL_DIR names another folder")
    return folder


async def turn_on_by_button(page: Page, address: str = "/device") -> None:
    """Turn the model on as a user does, on the device screen."""
    await page.goto(address)
    await page.get_by_role("button", name=re.compile("turn it on", re.IGNORECASE)).click()
    await expect(page.get_by_text("Ready on this device.")).to_be_visible(timeout=READY_MS)


async def load_into_page(page: Page, installation: RunningInstallation) -> None:
    """Load the model into a page of the installation, with the client's own code."""
    scripts = [path.name for path in (Settings().client_dir / "assets").glob("model-controller-*.js")]
    assert len(scripts) == 1, "the built client has one script that loads the model"
    await page.goto(installation.url)
    await page.evaluate(TURN_ON, f"/assets/{scripts[0]}")


async def assess(page: Page, texts: list[str]) -> list[dict[str, Any]]:
    """Return vector, scores and milliseconds of each text from the model in the page."""
    results: list[dict[str, Any]] = []
    for part in parts(texts):
        results += await page.evaluate(ASSESS, part)
    return results


def parts(texts: list[str]) -> Iterator[list[str]]:
    """Split the texts into batches of at most `TEXTS_PER_CALL`."""
    for at in range(0, len(texts), TEXTS_PER_CALL):
        yield texts[at : at + TEXTS_PER_CALL]
