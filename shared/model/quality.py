"""The measured quality of the shipped model in a few figures, as people are told them. `ottit model card` writes it."""

from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.model.categories import Category
from shared.model.pinned_files import ARTIFACTS

QUALITY_FILE = ARTIFACTS / "quality.json"


class _Figures(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Found(_Figures):
    """Share of `texts` harmful texts that the model finds while it stops 1 in 100 ordinary posts."""

    texts: int
    found: float


class CategoryQuality(Found):
    """Quality of one category. `ordinary_held`: share of ordinary posts that the shipped threshold holds for it."""

    ordinary_held: float


class OrdinaryPosts(_Figures):
    """Shares of `posts` ordinary posts that the shipped thresholds hold and reject: false alarms."""

    posts: int
    held: float
    rejected: float


Kind = Literal["outside", "disguised", "buried"]


class ModelQuality(_Figures):
    """Figures of one model file, by its sha256. None of the measured texts were used for training.

    `found`: `outside`, comments of a site that the model has never seen; `disguised`, texts with changed letters;
    `buried`, harm in or behind long harmless texts.
    """

    format: Literal[1]
    model: str
    ordinary: OrdinaryPosts
    found: dict[Kind, Found]
    categories: dict[Category, CategoryQuality]


@cache
def shipped_quality() -> ModelQuality | None:
    """Return the figures of the committed model; None if the file is missing or damaged: it only informs people."""
    try:
        return ModelQuality.model_validate_json(QUALITY_FILE.read_bytes())
    except (OSError, ValidationError):
        return None
