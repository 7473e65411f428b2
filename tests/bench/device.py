"""Time of a preview by the model in a real Chromium, beside the same model run natively on one thread."""

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import uvloop
from playwright.async_api import async_playwright
from tokenizers import Tokenizer

from services.gateway.settings import Settings
from shared.model.encoder import Encoder
from tests.bench.table import Line, at_most
from tests.chromium import find_chromium
from tests.e2e.conftest import FLAGS
from tests.e2e.device_model import assess, load_into_page
from tests.e2e.parity_texts import parity_texts
from tests.running_installation import RunningInstallation

TOKENS = 25
AIM_MS = 60.0


def measure(installation: RunningInstallation, runs: int) -> list[Line]:
    """Measure from the page, including messages to the worker and back, after the warm-up of the page."""
    folder, chromium = Settings().device_model_dir, find_chromium()
    if chromium is None or not (folder / "model.json").is_file():
        missing = "no Chromium" if chromium is None else f"no model in {folder}"
        return [Line("preview by the model on the device", f"not measured: {missing}")]
    manifest = json.loads((folder / "model.json").read_bytes())
    texts = _texts(Tokenizer.from_file(str(folder / "tokenizer.json")), runs)
    times = uvloop.run(_in_chromium(installation, chromium, texts))
    native = _native(Encoder.open(folder / manifest["file"], manifest["sha256"]), texts)
    p50, p95 = median(times), _p95(times)
    what = f"preview of {TOKENS} tokens by the model in Chromium, {len(texts)} texts, p50 and p95"
    raw = f"native, one thread: {median(native):.0f} and {_p95(native):.0f} ms"
    return [Line(what, f"{p50:.0f} and {p95:.0f} ms", raw, at_most(p95, AIM_MS, "ms at p95"))]


def _texts(tokenizer: Tokenizer, count: int) -> list[str]:
    """Return texts of exactly `TOKENS` tokens, cut from test posts at word boundaries."""
    tokenizer.no_padding()
    tokenizer.no_truncation()
    words = " ".join(parity_texts()[-20:]).split()
    texts: list[str] = []
    for begin in range(len(words)):
        for end in range(begin + TOKENS // 2, begin + TOKENS):
            text = " ".join(words[begin:end])
            if len(tokenizer.encode(text).ids) == TOKENS:
                texts.append(text)
                break
        if len(texts) == count:
            break
    return texts


async def _in_chromium(installation: RunningInstallation, chromium: Path, texts: Sequence[str]) -> list[float]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page()
        await load_into_page(page, installation)
        results = await assess(page, list(texts))
        await browser.close()
    return [result["ms"] for result in results]


def _native(encoder: Encoder, texts: Sequence[str]) -> list[float]:
    times: list[float] = []
    for text in [*texts[:10], *texts]:  # the first calls are slower
        began = perf_counter()
        encoder.assess([text])
        times.append(1000 * (perf_counter() - began))
    return times[10:]


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20)[-1]
