"""Write the golden vectors: `python -m shared.model.golden tests/contract/model-golden`.

Two implementations (Python, TypeScript) must give these values; they change only with `pins.RECIPE` or a pinned file.
"""

import json
import sys
from pathlib import Path

from shared.model import pins
from shared.model.encoder import Encoder
from shared.model.head import Head
from shared.model.lexical import buckets, words

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


def write(folder: Path) -> None:
    """Write `encoder.json`, `lexical.json` and `head.json` into `folder`, floats with 8 digits."""
    folder.mkdir(parents=True, exist_ok=True)
    vectors = Encoder.load().encode(TEXTS)
    scores = Head.load().scores(vectors, TEXTS)
    cases = [
        {"text": text, "vector": [round(float(x), 8) for x in vector]}
        for text, vector in zip(TEXTS, vectors, strict=True)
    ]
    _save(folder / "encoder.json", {"model": pins.ENCODER_SHA256, "tolerance": 1e-5, "cases": cases})
    hashed = [{"text": text, "words": words(text), "buckets": buckets(text).tolist()} for text in TEXTS]
    _save(folder / "lexical.json", {"recipe": pins.RECIPE, "cases": hashed})
    scored = [
        {"text": text, "scores": [round(float(x), 8) for x in row]} for text, row in zip(TEXTS, scores, strict=True)
    ]
    _save(folder / "head.json", {"head": pins.HEAD_SHA256, "tolerance": 1e-5, "cases": scored})


def _save(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
