"""Finds the assessment in what a chat model wrote: models wrap it into prose, code fences and their thoughts.

The client's `assessment-text.ts` does the same; both are tested on `tests/contract/provider-vectors.json`.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from shared.model.categories import LATER_CATEGORIES

# What ends the thoughts of a model whose server does not separate them, for example DeepSeek's, Qwen's and gpt-oss.
END_OF_THOUGHTS = re.compile(r"</(?:think|thinking|thought|reasoning)>|<\|message\|>", re.IGNORECASE)
# A probability as text. Nothing is guessed: no percent sign, no comma, no word.
NUMBER = re.compile(r"[ \t\r\n]*[0-9]{0,20}\.?[0-9]{1,20}(?:[eE][-+]?[0-9]{1,3})?[ \t\r\n]*")
# An answer has one object or a few. A text full of braces must not cost time.
MAX_STARTS = 64


class NoAssessment(ValueError):
    """The text holds no assessment, or several that differ."""


def read_json(text: str) -> Any:
    """Parse JSON as JavaScript does: without NaN and Infinity.

    Raises:
        ValueError: it is no JSON, or its nesting is too deep.
    """
    try:
        return _DECODER.decode(text.removeprefix("\ufeff"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def find_scores(text: str, categories: Sequence[str]) -> dict[str, float]:
    """Return the scores of the assessment in a text: an object with a probability for every category.

    Later categories may be missing: models that follow no schema leave out what they do not know. An object counts
    with or without `scores` around the probabilities. What else it has is ignored.

    Raises:
        NoAssessment: there is none, or there are several with different scores.
    """
    thoughts = list(END_OF_THOUGHTS.finditer(text))
    answer = text[thoughts[-1].end() :] if thoughts else text
    found: list[dict[str, float]] = []
    for value in _objects(answer, categories):
        if value not in found:
            found.append(value)
    if len(found) != 1:
        raise NoAssessment
    return found[0]


def scores_in(value: object, categories: Sequence[str]) -> dict[str, float] | None:
    """Return the scores if this is an assessment, else None."""
    if not isinstance(value, dict):
        return None
    inner = value.get("scores", value)
    if not isinstance(inner, dict):
        return None
    asked = [name for name in categories if name in inner or name not in LATER_CATEGORIES]
    scores = {name: _probability(inner.get(name)) for name in asked}
    known = {name: score for name, score in scores.items() if score is not None}
    return known if len(known) == len(asked) else None


def _objects(text: str, categories: Sequence[str]) -> Iterator[dict[str, float]]:
    """Yield the scores of every assessment in a text. Inside of one, no other is looked for."""
    try:
        whole = read_json(text)
    except ValueError:
        whole = None
    if isinstance(whole, str):  # JSON in a JSON string
        text = whole
    at = -1
    for _ in range(MAX_STARTS):
        at = text.find("{", at + 1)
        if at < 0:
            return
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            continue
        scores = scores_in(value, categories)
        if scores is not None:
            yield scores
            at = end - 1


def _probability(value: object) -> float | None:
    if isinstance(value, str) and NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)


def _refuse(constant: str) -> None:
    raise ValueError(constant)


_DECODER = json.JSONDecoder(parse_constant=_refuse)
