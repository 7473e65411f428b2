"""Texts of every kind from committed files, on which the model in the browser and on the server must agree."""

import json
import re
from collections.abc import Iterator
from typing import Any

from deploy.installation.settings import ROOT
from services.moderation.training.challenge_sets import other_author_texts
from shared.content import Content

CONTRACT = ROOT / "tests" / "contract"
# A browser takes up to half a second for a text, so use every n-th filled template, post, sentence and length.
TEMPLATE_STEP, POST_STEP, SENTENCE_STEP, LENGTH_STEP = 24, 2, 2, 300
LENGTHS = (1, 2, 3, 7, 20, 60, 200, 700, 3000, 12_000)
HARD = (
    "",
    " ",
    "\n\n",
    "\x00",
    "a\x00b",
    "\u200b",
    "😀",
    "😀" * 400,
    "👩‍👩‍👧‍👦 🏳️‍🌈 1️⃣",
    "שלום עולם, מה שלומך?",
    "مرحبا بكم في المنتدى",
    "今日はとても良い天気ですね。散歩に行きましょう。",
    "안녕하세요 여러분",
    "สวัสดีครับ",
    "\ud83d half a pair \ude00",
    "x" * 101,
    "ALL CAPITALS AND NO REASON!!!!!!",
    "s p a c e d  o u t",
    "l33t sp34k 1s n0t d34d",
    "soooooooo goooood",
    "[CLS] [SEP] [MASK]",
    "<script>alert(1)</script>",
    "# Heading\n\n* a\n* b\n\n> quoted",
    "https://example.com/?a=b&c=d " * 40,
    "½ ﬁne Ｗｉｄｅ İstanbul ΣΊΣΥΦΟΣ",
)


def parity_texts() -> list[str]:
    """Return different texts, the same in every run."""
    return list(dict.fromkeys([*HARD, *_demo(), *_contract(), *_contrast(), *_lengths()]))


def _demo() -> Iterator[str]:
    lines = (ROOT / "deploy" / "demo" / "posts.jsonl").read_text(encoding="utf-8").splitlines()
    for number, row in enumerate(map(json.loads, lines)):
        content = Content(title=row.get("title") or "", body=row["text"])
        if number % POST_STEP == 0:
            yield content.text
        yield from [part for part in re.split(r"(?<=[.!?])\s+", content.body) if part][::SENTENCE_STEP]


def _contract() -> Iterator[str]:
    for case in _read("policy-vectors/default.json")["cases"]:
        yield case["text"]
    for case in (*_read("tokenizer-vectors.json"), *_read("model-golden/model.json")["cases"]):
        yield case["text"]


def _contrast() -> Iterator[str]:
    """Return sentences and their opposites, which must get different scores."""
    return (row.text for row in other_author_texts()[::TEMPLATE_STEP])


def _lengths() -> Iterator[str]:
    """Yield one text cut at many lengths, below and above the token limit."""
    text = " ".join(_demo())
    for length in (*LENGTHS, *range(25, 1500, LENGTH_STEP)):
        yield text[:length]


def _read(name: str) -> Any:
    return json.loads((CONTRACT / name).read_text(encoding="utf-8"))
