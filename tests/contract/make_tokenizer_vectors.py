"""Writes texts with their token ids: `python -m tests.contract.make_tokenizer_vectors`.

The server's and the browser's tokenizer must agree on them; Vitest runs the browser's on the same file.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer

from shared.model.encoder import well_formed

ROOT = Path(__file__).parents[2]
FILE = ROOT / "tests" / "contract" / "tokenizer-vectors.json"
TOKENIZER = ROOT / "shared" / "model" / "artifacts" / "tokenizer.json"
MAX_TOKENS = 256
# Blocks where two tokenizers could differ: accents, many scripts, marks, CJK beyond 16 bits, emoji, private use, tags.
BLOCKS = (
    (0x20, 0x7F), (0x00, 0x20), (0x80, 0x250), (0x250, 0x600), (0x600, 0x700), (0x7F0, 0x900), (0x900, 0x980),
    (0xE00, 0xE80), (0x1100, 0x1200), (0x1AB0, 0x1B00), (0x1E00, 0x2000), (0x2000, 0x2100), (0x2100, 0x2C00),
    (0x2E40, 0x2E60), (0x3000, 0x3100), (0x4E00, 0xA000), (0xAC00, 0xD7A4), (0xD800, 0xE000), (0xF900, 0xFB00),
    (0xFB00, 0xFE00), (0xFE00, 0x10000), (0x10000, 0x10500), (0x11000, 0x12000), (0x1E000, 0x1EA00),
    (0x1F000, 0x1FB00), (0x20000, 0x2A6E0), (0x2A6E0, 0x30000), (0xE0000, 0xE0100),
)  # fmt: skip
PLAIN = (
    "", " ", "\n", "a\x00b", "[CLS] is no word [SEP][MASK]", "[unk] [UNK]", "x" * 100, "x" * 101, "word " * 300,
    "İstanbul ı ǅ ΣΑΣ ﬁne Straße", "zero\u200bwidth soft\u00adhyphen", "half \ud83d a pair", "👩‍🍳🏳️‍🌈 ok",
    "שלום עולם", "مرحبا بالعالم", "今日は天気がいいですね。", "𠮷野家で𪚥を", "don’t — “quote” … 3,50 €", "e\u0301 é ệ",
)  # fmt: skip


def texts() -> Iterator[str]:
    """Yield difficult texts, then characters of every block, alone and mixed; always the same texts."""
    yield from PLAIN
    chance = random.Random(20260101)
    for first, end in BLOCKS:
        for _ in range(8):
            yield f"a{chr(chance.randrange(first, end))}b {chr(chance.randrange(first, end))}"
    for length in (3, 12, 40):
        for _ in range(80):
            yield "".join(
                chr(chance.randrange(*chance.choice(BLOCKS))) + " " * (chance.random() < 0.2) for _ in range(length)
            )


def text() -> str:
    """Return the text of the file, with lone surrogates as JSON escapes."""
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    rows = [json.dumps({"text": one, "ids": tokenizer.encode(well_formed(one)).ids}) for one in texts()]
    return "[\n" + ",\n".join(rows) + "\n]\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
