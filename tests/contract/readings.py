"""Reads whole texts as the server does, window by window, for a comparison with the device.

`python -m tests.contract.readings` compares both on thousands of texts, long and disguised ones among them (up to an
hour); `make test` compares a few, which `make_model_golden` writes.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import typer

from deploy.installation.settings import ROOT
from services.moderation.domain import Facts, decide
from services.moderation.engines.text_reading import plan
from services.moderation.training.challenge_sets import other_author_texts
from shared.content import Content
from shared.log.events import Span
from shared.model.categories import SCORES
from shared.model.encoder import Encoder
from shared.policy import DEFAULT_POLICY, load_policy
from tests.contract.generated_texts import DISGUISES, SEED, window_texts
from tests.e2e.parity_texts import parity_texts

# Encoded at once: enough for full batches.
TEXTS_PER_CALL = 100
# Sentences around a harmful or harmless one.
FEWEST, MOST = 3, 8

Reading = dict[str, Any]


def readings(texts: Sequence[Content], encoder: Encoder) -> Iterator[Reading]:
    """Yield each text with its scores, in the order of `SCORES`, and the window of each score; null: the whole text."""
    for first in range(0, len(texts), TEXTS_PER_CALL):
        part = texts[first : first + TEXTS_PER_CALL]
        plans = [plan(content, None, "") for content in part]
        forms = list(dict.fromkeys(form for one in plans for form in one.forms))
        by_form = dict(zip(forms, encoder.assess(forms)[1], strict=True))
        for content, one in zip(part, plans, strict=True):
            scores = np.stack([np.max([by_form[form] for form in window.forms], axis=0) for window in one.windows])
            yield {
                "title": content.title,
                "body": content.body,
                "scores": [round(float(score), 8) for score in scores.max(axis=0)],
                "marks": [_mark(span) for span in one.strongest(scores)],
            }


def _mark(span: Span | None) -> list[int] | None:
    return None if span is None else [span.start, span.end]


def golden_texts() -> list[Content]:
    """Return a few texts with few windows, of all kinds."""
    found = [Content(title=title.strip(), body=body) for title, body in window_texts() if len(body) < 400 and body]
    return [content for content in found if content.text.strip()][:20]


def many_texts(count: int) -> list[Content]:
    """Return `count` texts: short, long, disguised, and long ones with a disguised sentence inside."""
    chance = Random(SEED)
    found = [Content(title=title.strip(), body=body) for title, body in window_texts()]
    calm = [text for text in parity_texts() if text.strip()]
    found += [Content(body=text) for text in calm]
    sentences = [row.text for row in other_author_texts()]
    while len(found) < count:
        sentence = chance.choice(sentences)
        if chance.random() < 0.5:
            sentence = chance.choice(DISGUISES)(sentence)
        around = [text[:300] for text in chance.choices(calm, k=chance.choice((0, 0, FEWEST, MOST)))]
        around.insert(chance.randrange(len(around) + 1), sentence)
        found.append(
            Content(title=chance.choice(("", calm[len(found) % len(calm)][:80].strip())), body=" ".join(around))
        )
    return [content for content in found if content.text.strip()][:count]


def main(
    texts: Annotated[int, typer.Option(help="Number of texts.")] = 2200,
    out: Annotated[Path | None, typer.Option(help="A file for the scores of the device.")] = None,
) -> None:
    """Compare the readings of server and device, and the decisions that follow from them."""
    here = list(readings(many_texts(texts), Encoder.load()))
    with TemporaryDirectory() as folder:
        given, found = Path(folder) / "readings.json", out or Path(folder) / "device.json"
        given.write_text(json.dumps({"scores": SCORES, "readings": here}), encoding="utf-8")
        subprocess.run(
            ["npx", "vitest", "run", "tests/device/reading-golden.test.ts"],
            cwd=ROOT / "client",
            env=os.environ | {"READINGS": str(given), "READINGS_OUT": str(found)},
            check=True,
        )
        there = json.loads(found.read_text(encoding="utf-8"))
    different = sum(_outcome(ours["scores"]) != _outcome(theirs) for ours, theirs in zip(here, there, strict=True))
    gap = max(np.abs(np.subtract(ours["scores"], theirs)).max() for ours, theirs in zip(here, there, strict=True))
    typer.echo(f"{len(here):,} texts: largest difference of a score {gap:.1e}, {different} other outcomes")
    raise SystemExit(different > 0)


def _outcome(scores: Sequence[float]) -> str:
    facts = Facts(hits=(), judged_at=datetime(2026, 1, 1, tzinfo=UTC))
    return decide(load_policy(DEFAULT_POLICY), dict(zip(SCORES, scores, strict=True)), facts).outcome


if __name__ == "__main__":
    typer.run(main)
