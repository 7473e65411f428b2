"""Compares scores with the public bands of the thresholds: the tenths of the scale that contain them.

`client/src/policy/threshold-bands.ts` is the same algorithm; contract vectors keep the two equal.

Policy stage: evaluate. Other stages: source (`load`), compile and sign (`bundle`), activate (`bundle_store`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

# Tenths of the scale. Finer bands would tell an author how far to change a text to evade moderation.
BANDS = 10

Likely = Literal["published", "held", "rejected"]
_SEVERITY: dict[Likely, int] = {"published": 0, "held": 1, "rejected": 2}


class HasBands(Protocol):
    """A category of the public view."""

    @property
    def id(self) -> str: ...
    @property
    def hold_band(self) -> int: ...
    @property
    def reject_band(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class FlaggedCategory:
    """The outcome that a score suggests. `near`: score and threshold share a tenth, so the decision may differ."""

    category: str
    outcome: Likely
    near: bool


def band_of(score: float) -> int:
    """Return the tenth (0 to 9) of a score from 0 to 1."""
    return max(0, min(BANDS - 1, int(score * BANDS)))


def flagged_categories(categories: Sequence[HasBands], scores: Mapping[str, float]) -> list[FlaggedCategory]:
    """Return the categories whose score is at or above a threshold's tenth: most severe first, then by category."""
    flags = [_flag(entry, band_of(scores[entry.id])) for entry in categories if entry.id in scores]
    flagged = [entry for entry in flags if entry.outcome != "published"]
    return sorted(flagged, key=lambda entry: (-_SEVERITY[entry.outcome], entry.near, entry.category))


def _flag(entry: HasBands, band: int) -> FlaggedCategory:
    if entry.reject_band is not None and band >= entry.reject_band:
        return FlaggedCategory(entry.id, "rejected", near=band == entry.reject_band)
    if band >= entry.hold_band:
        return FlaggedCategory(entry.id, "held", near=band == entry.hold_band)
    return FlaggedCategory(entry.id, "published", near=False)
