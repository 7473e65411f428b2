"""Compares scores with the public bands of the thresholds: the tenths of the scale that contain them.

`client/src/policy/threshold-bands.ts` is the same algorithm; contract vectors keep the two equal.

Policy stage: evaluate. Other stages: source (`load`), compile and sign (`bundle`), activate (`bundle_store`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from shared.model.categories import ANY_HARM

# Tenths of the scale. Finer bands would tell an author how far to change a text to evade moderation.
BANDS = 10

Likely = Literal["published", "held", "rejected"]
_SEVERITY: dict[Likely, int] = {"published": 0, "held": 1, "rejected": 2}


class HasBands(Protocol):
    """A category of the public view. `hold_band` None: only the server judges it."""

    @property
    def id(self) -> str: ...
    @property
    def hold_band(self) -> int | None: ...
    @property
    def reject_band(self) -> int | None: ...
    @property
    def reject_any_harm_band(self) -> int | None: ...
    @property
    def support_band(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class FlaggedCategory:
    """The outcome that a score suggests. `near`: score and threshold share a tenth, so the decision may differ.

    `published`: the text is shown, and its author reads where help is.
    """

    category: str
    outcome: Likely
    near: bool


def band_of(score: float) -> int:
    """Return the tenth (0 to 9) of a score from 0 to 1."""
    return max(0, min(BANDS - 1, int(score * BANDS)))


def flagged_categories(categories: Sequence[HasBands], scores: Mapping[str, float]) -> list[FlaggedCategory]:
    """Return the categories whose score is at or above a threshold's tenth: most severe first, then by category."""
    any_harm = band_of(scores.get(ANY_HARM, 0.0))
    flags = [_flag(entry, band_of(scores[entry.id]), any_harm) for entry in categories if entry.id in scores]
    flagged = [entry for entry in flags if entry is not None]
    return sorted(flagged, key=lambda entry: (-_SEVERITY[entry.outcome], entry.near, entry.category))


def _flag(entry: HasBands, band: int, any_harm: int) -> FlaggedCategory | None:
    if entry.hold_band is None:
        return None
    if entry.reject_band is not None and band >= entry.reject_band:
        needed = entry.reject_any_harm_band
        if needed is None or any_harm >= needed:
            near = band == entry.reject_band or any_harm == needed
            return FlaggedCategory(entry.id, "rejected", near=near)
    if band >= entry.hold_band:
        return FlaggedCategory(entry.id, "held", near=band == entry.hold_band)
    if entry.support_band is not None and band >= entry.support_band:
        return FlaggedCategory(entry.id, "published", near=band == entry.support_band)
    return None
