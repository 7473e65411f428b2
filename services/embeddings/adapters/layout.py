"""How posts lie in Qdrant and what is asked of them, for both homes alike: names, numbers, conditions."""

from dataclasses import dataclass
from typing import Literal

from services.embeddings.domain import SearchFilter, SearchText

LAYOUT = 2  # raise it when points or their home change: the index is then built anew beside the old one
MEANING, WORDS = "meaning", "words"

TITLE, BODY, TITLE_KEY, AUTHOR, STATE, SOURCE_SEQ = "title", "body", "title_key", "author_id", "state", "source_seq"
# Not a flag: Edge 0.9 turns a boolean to match into the number 1 and then finds nothing.
LIVE, GONE = "live", "gone"
KEYWORD_FIELDS = ("community", AUTHOR, "kind", TITLE_KEY, STATE)
TEXT_FIELDS = (TITLE, BODY)
NUMBER_FIELDS = ("created_at",)

# Candidates of each leg of the fusion. The same for every page: with more for later pages a post could change its
# rank between two pages. The 200th adds 1/260 to a score, and nobody turns ten pages.
CANDIDATES = 200
# How many more than a page reaches are asked for: equal fused scores come in changing order, so the cut must lie
# behind them. Only a post of one leg and a post of the other can be equal, and then in pairs.
TIES = 8
EXACT_TITLES = 50  # posts with the very same title; more are re-posts of one another
# Related posts: a little variety, because ten re-posts of one headline are one related post.
RELATED_DIVERSITY = 0.3
RELATED_CANDIDATES = 50
PAGE = 1_000  # points of one scroll: about 1 MB with vectors


@dataclass(frozen=True, slots=True)
class OneOf:
    """A field has one of these values."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Since:
    """A field is at least this number."""

    key: str
    least: float


@dataclass(frozen=True, slots=True)
class HasId:
    """The point is one of these."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Says:
    """Title or body contains the phrase word for word."""

    phrase: str


Condition = OneOf | Since | HasId | Says


def required(within: SearchFilter, asked: SearchText | None = None) -> list[Condition]:
    """The conditions that a result must meet."""
    found: list[Condition] = []
    singles = (("community", within.community), (AUTHOR, within.author_id), ("kind", within.kind))
    found += [OneOf(key, (value,)) for key, value in singles if value is not None]
    if within.communities is not None:
        found.append(OneOf("community", within.communities))
    if within.newer_than is not None:
        found.append(Since("created_at", within.newer_than.timestamp()))
    if within.ids is not None:
        found.append(HasId(within.ids))
    return found + [Says(phrase) for phrase in (asked.phrases if asked else ())]


def forbidden(within: SearchFilter) -> list[Condition]:
    """The conditions that no result may meet."""
    found: list[Condition] = []
    if within.hidden_authors:
        found.append(OneOf(AUTHOR, within.hidden_authors))
    if within.hidden_ids:
        found.append(HasId(within.hidden_ids))
    return found


Leg = Literal["fused", "phrase", "title"]


def exact_legs(text: SearchText, *, fused: bool) -> dict[Leg, Condition | None]:
    """What else is asked beside the fused legs: the very same title, and the words as one phrase.

    Quoted phrases are required everywhere, so they need a leg only where nothing is fused (None: no more asked).
    """
    legs: dict[Leg, Condition | None] = {}
    if text.title_key:
        legs["title"] = OneOf(TITLE_KEY, (text.title_key,))
    if text.phrases and not fused:
        legs["phrase"] = None
    elif text.as_phrase:
        legs["phrase"] = Says(text.as_phrase)
    return legs
