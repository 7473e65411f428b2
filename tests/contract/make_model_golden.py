"""Writes the golden vectors: `python -m tests.contract.make_model_golden tests/contract/model-golden`.

Every implementation (native, WASM) must give these values. They change only with `pinned_files.PREPROCESSING` or
a pinned file.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from shared.model import pinned_files
from shared.model.categories import SCORES
from shared.model.encoder import Encoder
from tests.contract.readings import golden_texts, readings

TEXTS = (
    "",
    "Hello there!",
    "Which bike would you buy for a 12 km commute with one steep hill?",
    "I don’t think that’s right — see “the manual”, page 42.",
    "ﬁne Ｗｉｄｅ letters, café, naïve, İstanbul, Straße, ΣΊΣΥΦΟΣ",
    "Soooooo good!!!!! 10/10, would bake again 🍞🍞 👩‍🍳",
    "zero\u200bwidth soft\u00adhyphen non\u00a0breaking",
    "今日は天気がいいですね。 Привет, как дела?",
    "Win £1,000 now: visit https://prize.example.com/claim?id=7 or call 0800 000 000",
    "half \ud83d a pair",
    "The kettle boils, the tea steeps, and somebody asks about the garden again. " * 30,
)
# The maximum difference between native, WASM and Python values, which agree to about 2e-7.
TOLERANCE = 1e-5


def write(folder: Path) -> None:
    """Write `model.json` and `readings.json` into `folder`, floats with 8 digits."""
    folder.mkdir(parents=True, exist_ok=True)
    cases = [
        {"text": text, "vector": _digits(vector), "scores": _digits(scores)}
        for text, vector, scores in zip(TEXTS, *Encoder.load().assess(TEXTS), strict=True)
    ]
    content = {"model": pinned_files.MODEL_SHA256, "tolerance": TOLERANCE, "cases": cases}
    (folder / "model.json").write_text(json.dumps(content, indent=None, separators=(",", ":")) + "\n")
    found = {"scores": SCORES, "readings": list(readings(golden_texts(), Encoder.load()))}
    (folder / "readings.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")


def _digits(values: Iterable[float]) -> list[float]:
    return [round(float(value), 8) for value in values]


if __name__ == "__main__":
    write(Path(sys.argv[1]))
