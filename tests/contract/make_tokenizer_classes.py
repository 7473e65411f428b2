"""Writes the tokenizer's character classes: `python -m tests.contract.make_tokenizer_classes`.

They are read from the tokenizer, character by character, so that the browser's tokenizer does not depend on the
browser's Unicode version.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

FILE = Path(__file__).parents[2] / "client" / "src" / "device" / "tokenizer" / "character-classes.json"
# Without surrogates, which are not characters.
POINTS = [*range(0xD800), *range(0xE000, 0x110000)]


def classes() -> dict[str, list[int]]:
    """Return class → gap and length of each run of code points: `[3, 2, 4, 1]` means 3, 4 and 9.

    `dropped` are removed, `spaces` become a space, `marks` are removed after decomposition, `padded` (CJK) and
    `punctuation` are separate words.
    """
    clean = BertNormalizer(clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    padded = BertNormalizer(clean_text=False, handle_chinese_chars=True, strip_accents=False, lowercase=False)
    bare = BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False)
    cleaned = {point: clean.normalize_str(f"a{chr(point)}b") for point in POINTS}
    found = {
        "dropped": [point for point in POINTS if cleaned[point] == "ab"],
        "spaces": [point for point in POINTS if cleaned[point] == "a b"],
        "marks": [point for point in POINTS if bare.normalize_str(f"a{chr(point)}b") == "ab"],
        "padded": [point for point in POINTS if padded.normalize_str(f"a{chr(point)}b") == f"a {chr(point)} b"],
        "punctuation": [point for point in POINTS if _alone(chr(point))],
    }
    return {name: runs(points) for name, points in found.items()}


def _alone(char: str) -> bool:
    pieces = [piece for piece, _ in BertPreTokenizer().pre_tokenize_str(f"a{char}b")]
    return pieces == ["a", char, "b"]


def runs(points: Iterable[int]) -> list[int]:
    """Return the gap before and the length of each run of consecutive numbers."""
    found: list[int] = []
    end = 0
    for point in points:
        if found and point == end:
            found[-1] += 1
        else:
            found += [point - end, 1]
        end = point + 1
    return found


def text() -> str:
    """Return the text of the file."""
    rows = [f'  "{name}": {json.dumps(values, separators=(",", ":"))}' for name, values in classes().items()]
    return "{\n" + ",\n".join(rows) + "\n}\n"


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
