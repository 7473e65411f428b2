"""What a score says to somebody who knows the tenths in which the thresholds lie, and not the thresholds.

`client/src/policy/bands.ts` is the same; the contract vectors hold the two together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

# Tenths of the scale. Finer ones would tell how far a text has to be changed to pass: an oracle for evasion.
BANDS = 10

Likely = Literal["published", "held", "rejected"]
_SEVERITY: dict[Likely, int] = {"published": 0, "held": 1, "rejected": 2}


class HasBands(Protocol):
    """A category as its public view has it."""

    @property
    def id(self) -> str: ...
    @property
    def hold_band(self) -> int: ...
    @property
    def reject_band(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class FlaggedCategory:
    """What a score asks for. `near`: it lies in the same tenth as the threshold, so the decision may differ."""

    category: str
    outcome: Likely
    near: bool


def band_of(score: float) -> int:
    """The tenth of a score from 0 to 1: 0 to 9."""
    return max(0, min(BANDS - 1, int(score * BANDS)))


def flagged_categories(categories: Sequence[HasBands], scores: Mapping[str, float]) -> list[FlaggedCategory]:
    """What each score asks for that is at or above a threshold's tenth: the strongest first, then by category."""
    found = [_flag(entry, band_of(scores[entry.id])) for entry in categories if entry.id in scores]
    asking = [flagged for flagged in found if flagged.outcome != "published"]
    return sorted(asking, key=lambda flagged: (-_SEVERITY[flagged.outcome], flagged.near, flagged.category))


def _flag(entry: HasBands, band: int) -> FlaggedCategory:
    if entry.reject_band is not None and band >= entry.reject_band:
        return FlaggedCategory(entry.id, "rejected", near=band == entry.reject_band)
    if band >= entry.hold_band:
        return FlaggedCategory(entry.id, "held", near=band == entry.hold_band)
    return FlaggedCategory(entry.id, "published", near=False)
