"""From counts of (preview's word, decision's word) to shares with intervals: pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.gateway.drift.intervals import wilson
from services.gateway.drift.schemas import Distance, DistanceGroup, Share
from shared.log.events import Outcome

# A 95% interval wider than this cannot tell one in ten from one in two: about ten cases for a rare event.
WIDEST = 0.4
# A page that is read by a person: past these, pairs are rare, or made up.
GROUPS = 20


@dataclass(frozen=True)
class Pairs:
    """`count` submissions of which the preview said `verdict` and the engines decided `outcome`."""

    preview: str
    decision: str
    verdict: Outcome
    outcome: Outcome
    failed: bool
    count: int


def share(count: int, of: int) -> Share:
    """A share with its interval; of nothing there is none."""
    if of == 0:
        return Share(count=0, of=0, share=None, low=None, high=None, enough=False)
    low, high = wilson(count, of)
    return Share(count=count, of=of, share=count / of, low=low, high=high, enough=high - low <= WIDEST)


def distance(pairs: Sequence[Pairs]) -> Distance:
    """How far the two are apart."""
    fine = [pair for pair in pairs if pair.verdict == "published"]
    warned = [pair for pair in pairs if pair.verdict != "published"]
    decided = _sum(pairs)
    return Distance(
        decided=decided,
        false_reassurance=share(_sum(pair for pair in fine if pair.outcome != "published"), _sum(fine)),
        false_alarm=share(_sum(pair for pair in warned if pair.outcome == "published"), _sum(warned)),
        agreement=share(_sum(pair for pair in pairs if pair.verdict == pair.outcome), decided),
        failed_checks=_sum(pair for pair in pairs if pair.failed),
    )


def groups(pairs: Sequence[Pairs]) -> list[DistanceGroup]:
    """The same for each pair of labels, the commonest first."""
    together: dict[tuple[str, str], list[Pairs]] = {}
    for pair in pairs:
        together.setdefault((pair.preview, pair.decision), []).append(pair)
    commonest = sorted(together.items(), key=lambda item: (-_sum(item[1]), item[0]))
    return [
        DistanceGroup(preview=preview, decision=decision, distance=distance(of))
        for (preview, decision), of in commonest[:GROUPS]
    ]


def _sum(pairs: Iterable[Pairs]) -> int:
    return sum(pair.count for pair in pairs)
