"""Finds the passages of a text in languages that an engine was not made for, and takes them out of what it reads.

`client/src/policy/judged-languages.ts` is the same; contract vectors keep the two equal.

Policy stage: evaluate. Other stages: source (`load`), compile and sign (`bundle`), activate (`bundle_store`).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.content import Content
from shared.log.events import Span
from shared.policy.languages import passages

# A policy's entry for "this engine judges every language".
ALL_LANGUAGES = "*"
# Less is a quotation: it is not read either, but the text counts as judged.
SUBSTANTIAL_CHARACTERS, SUBSTANTIAL_SHARE = 120, 0.3


Language = Annotated[str, Field(pattern=r"^([a-z]{2,3}(-[A-Za-z]{4})?|\*)$")]


class Languages(BaseModel):
    """The languages (BCP 47; `*`: all) that each engine judges. Its scores of other languages are never used.

    `otherwise` is what becomes of a text, or a substantial part, that no engine judges: it is published and marked as
    unjudged, it is held with `message` for the author, or the provider judges it (`openai`). Rules search every text.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
    local: tuple[Language, ...] = ("en",)
    openai: tuple[Language, ...] = ("*",)
    otherwise: Literal["publish_unjudged", "hold", "openai"] = "publish_unjudged"
    message: Annotated[str, Field(min_length=10, max_length=500)] = (
        "No automatic check reads this language, so a person will look at it before others see it."
    )


@dataclass(frozen=True, slots=True)
class Unjudged:
    """The passages of one text in other languages, and these languages (BCP 47), those with most text first.

    `whole`: nothing else is left to judge. `substantial`: more than a quotation.
    """

    languages: tuple[str, ...]
    spans: tuple[Span, ...]
    whole: bool
    substantial: bool


def unjudged(text: str, judged: Collection[str]) -> Unjudged | None:
    """Return what an engine that judges these languages cannot judge in a text; None: it can judge everything.

    A passage in no certain language is judged.
    """
    if ALL_LANGUAGES in judged:
        return None
    found = passages(text)
    other = [one for one in found if one.language is not None and one.language not in judged]
    if not other:
        return None
    sizes: dict[str, int] = {}
    for one in other:
        sizes[one.language or ""] = sizes.get(one.language or "", 0) + one.end - one.start
    characters = sum(sizes.values())
    return Unjudged(
        languages=tuple(sorted(sizes, key=lambda language: (-sizes[language], language))),
        spans=_joined((one.start, one.end) for one in other),
        whole=len(other) == len(found),
        substantial=characters >= SUBSTANTIAL_CHARACTERS or characters >= SUBSTANTIAL_SHARE * len(text),
    )


def without(content: Content, spans: Iterable[Span]) -> Content:
    """Return the content with spaces instead of these passages of `Content.text`, so that all offsets stay."""
    chars = list(content.text)
    for span in spans:
        chars[span.start : span.end] = " " * (span.end - span.start)
    if not content.title or not content.body:
        return Content(title="".join(chars) if content.title else "", body="".join(chars) if content.body else "")
    return Content(title="".join(chars[: len(content.title)]), body="".join(chars[len(content.title) + 2 :]))


def _joined(places: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    """Return the passages in order, adjacent ones as one."""
    spans: list[Span] = []
    for start, end in places:
        if spans and spans[-1].end == start:
            start = spans.pop().start
        spans.append(Span(start=start, end=end))
    return tuple(spans)
