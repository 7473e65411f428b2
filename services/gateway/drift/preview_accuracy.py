"""Turns counts of (previewed outcome, decided outcome) into shares with intervals. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.gateway.drift.disclosure import People, disclosed, shown_groups
from services.gateway.drift.intervals import wilson
from services.gateway.drift.schemas import Distance, DistanceGroup, Share
from shared.log.events import Outcome

# With a wider 95% interval, one in ten and one in two look alike; a rare event needs about ten cases for this width.
WIDEST = 0.4
# The report is read by people; further pairs are rare or invented.
GROUPS = 20


@dataclass(frozen=True)
class OutcomeCount:
    """`count` submissions with the previewed outcome `verdict` and the decided outcome `outcome`."""

    preview: str
    decision: str
    verdict: Outcome
    outcome: Outcome
    failed: bool
    count: int


def share(count: int, of: int) -> Share:
    """Return a share with its interval, or without if `of` is 0."""
    if of == 0:
        return Share(count=0, of=0, share=None, low=None, high=None, enough=False)
    low, high = wilson(count, of)
    return Share(count=count, of=of, share=count / of, low=low, high=high, enough=high - low <= WIDEST)


def distance(pairs: Sequence[OutcomeCount]) -> Distance:
    """Return how far previews and decisions differ."""
    reassured = [pair for pair in pairs if pair.verdict == "published"]
    warned = [pair for pair in pairs if pair.verdict != "published"]
    decided = _sum(pairs)
    return Distance(
        decided=decided,
        false_reassurance=share(_sum(pair for pair in reassured if pair.outcome != "published"), _sum(reassured)),
        false_alarm=share(_sum(pair for pair in warned if pair.outcome == "published"), _sum(warned)),
        agreement=share(_sum(pair for pair in pairs if pair.verdict == pair.outcome), decided),
        failed_checks=_sum(pair for pair in pairs if pair.failed),
    )


def groups(pairs: Sequence[OutcomeCount], people: Mapping[tuple[str, str], People], fewest: int) -> list[DistanceGroup]:
    """Return the same for each pair of labels with enough people, most frequent first."""
    shown = shown_groups(people, fewest)
    by_labels: dict[tuple[str, str], list[OutcomeCount]] = {}
    for pair in pairs:
        by_labels.setdefault((pair.preview, pair.decision), []).append(pair)
    frequent = sorted(by_labels.items(), key=lambda item: (-_sum(item[1]), item[0]))
    return [
        DistanceGroup(
            preview=preview,
            decision=decision,
            distance=disclosed(distance(of), people[preview, decision], fewest),
        )
        for (preview, decision), of in [group for group in frequent if group[0] in shown][:GROUPS]
    ]


def _sum(pairs: Iterable[OutcomeCount]) -> int:
    return sum(pair.count for pair in pairs)
