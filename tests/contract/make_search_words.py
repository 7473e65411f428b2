"""Fills in the words of the vectors of search: `python -m tests.contract.make_search_words`.

Texts, queries and whether a text contains a query word for word are written by hand in the file.
"""

import json
from pathlib import Path
from typing import Any

from services.embeddings.search_words import literal_phrases, parts_of, searched_words, words_of

VECTORS = Path(__file__).with_name("search-words.json")


def read() -> dict[str, Any]:
    """Return the vectors as they are stored."""
    vectors: dict[str, Any] = json.loads(VECTORS.read_text(encoding="utf-8"))
    return vectors


def words_in(text: str) -> dict[str, Any]:
    """Return a text with the words, parts and phrases that the server finds in it."""
    return {
        "text": text,
        "words": searched_words(text),
        "parts": [part for word in words_of(text) for part in parts_of(word)],
        "phrases": literal_phrases(text),
        "quoted": literal_phrases(text, quoted=True),
    }


if __name__ == "__main__":
    vectors = read()
    vectors["words"] = [words_in(case["text"]) for case in vectors["words"]]
    VECTORS.write_text(json.dumps(vectors, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
