"""Is hybrid worth it? Sides of a trial compared, person by person: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Literal

from services.gateway.drift.intervals import FEWEST_PEOPLE, Ratio, difference, interval
from services.gateway.drift.schemas import ArmReport, Comparison, Measured, Verdict
from shared.log.preview_records import ExperimentGroup

WITH: ExperimentGroup = "trial_with"
WITHOUT: ExperimentGroup = "trial_without"


@dataclass(frozen=True)
class Deeds:
    """What one person on one side did in the window: sums."""

    arm: ExperimentGroup
    submits: int
    decided: int
    refused: int
    questions: int
    tokens: int
    posts: int
    published: int
    seconds: float
    told: int
    changes: int


@dataclass(frozen=True)
class Measure:
    """A sum over a sum: names of `Deeds`, and in words what is counted."""

    name: str
    title: str
    counts: str
    over: str
    by: str
    better: Literal["less", "neither"] = "less"


MEASURES = (
    Measure("refused", "Held or rejected, per submission",
            "decisions of the engines that did not publish, over decided submissions and edits", "refused", "decided"),
    Measure("questions", "Questions to the server's engines, per published post",
            "decisions by engines and dry runs, over published posts; one about a text that was asked before is "
            "answered from memory and counted all the same", "questions", "published"),
    Measure("tokens", "Tokens of a provider, per published post",
            "tokens in and out that stand on the decisions, over published posts; 0 where only the local model decides",
            "tokens", "published"),
    Measure("seconds", "Seconds from the first submission to publication, per published post",
            "waiting for a person included; posts that were never published are left out", "seconds", "published"),
    Measure("changes", "Pauses over a changed text before submitting, per submission",
            "what clients say about themselves, where they say it", "changes", "told", "neither"),
)  # fmt: skip
JUDGED = tuple(measure for measure in MEASURES if measure.better == "less")
# Several looks at the same people: each interval is wide enough that all of them together are right 95% of the time
# (Bonferroni; Dunn, "Multiple Comparisons Among Means", 1961).
LEVEL = 1 - 0.05 / len(JUDGED)


@dataclass
class Side:
    """One side: people, submissions and a ratio for each measure."""

    people: int = 0
    submits: int = 0
    ratios: dict[str, Ratio] = field(default_factory=lambda: {measure.name: Ratio() for measure in MEASURES})

    def add(self, deeds: Deeds) -> None:
        """Count one person."""
        self.people += 1
        self.submits += deeds.submits
        sums = {column.name: getattr(deeds, column.name) for column in fields(deeds)}
        for measure in MEASURES:
            self.ratios[measure.name].add(sums[measure.over], sums[measure.by])


def sides(people: Iterable[Deeds]) -> dict[ExperimentGroup, Side]:
    """The sides that somebody was on."""
    found: dict[ExperimentGroup, Side] = {}
    for deeds in people:
        found.setdefault(deeds.arm, Side()).add(deeds)
    return found


def report(arm: ExperimentGroup, side: Side) -> ArmReport:
    """One side's numbers."""
    measures = {}
    for name, ratio in side.ratios.items():
        low, high = interval(ratio, LEVEL) or (None, None)
        measures[name] = Measured(value=ratio.value, low=low, high=high, people=ratio.people, over=ratio.x)
    return ArmReport(arm=arm, people=side.people, submits=side.submits, measures=measures)


def compare(found: Mapping[ExperimentGroup, Side]) -> list[Comparison]:
    """With less without, for every measure. Sides that were not drawn by chance are not compared."""
    left, right = found.get(WITH, Side()), found.get(WITHOUT, Side())
    return [_compared(measure, left.ratios[measure.name], right.ratios[measure.name]) for measure in MEASURES]


def _compared(measure: Measure, left: Ratio, right: Ratio) -> Comparison:
    found = difference(left, right, LEVEL)
    by, low, high = found or (None, None, None)
    return Comparison(
        measure=measure.name,
        title=measure.title,
        counts=measure.counts,
        better=measure.better,
        difference=by,
        low=low,
        high=high,
        saved=-by * left.x if by is not None and measure.better == "less" else None,
        finding=_finding(measure, low, high),
    )


def _finding(
    measure: Measure, low: float | None, high: float | None
) -> Literal["better", "worse", "no_difference_shown", "not_enough", "description"]:
    if low is None or high is None:
        return "not_enough"
    if measure.better == "neither":
        return "description"
    return "better" if high < 0 else "worse" if low > 0 else "no_difference_shown"


def verdict(found: Mapping[ExperimentGroup, Side], comparisons: Sequence[Comparison]) -> tuple[Verdict, str]:
    """In one word and in plain ones. Without a shown benefit the advice is to switch the client side off."""
    if WITH not in found or WITHOUT not in found:
        return "nothing_to_compare", NOTHING
    findings = {comparison.finding for comparison in comparisons}
    counts = f"{found[WITH].submits} submissions with previews and {found[WITHOUT].submits} without"
    if "worse" in findings:
        titles = _titles(comparisons, "worse")
        return "harms", f"With previews it went worse, by {counts}: {titles}. {SWITCH_OFF}"
    if "better" in findings:
        return "helps", f"Previews help, by {counts}: {_titles(comparisons, 'better')}. Keep them on for everybody."
    if "no_difference_shown" not in findings:
        people = f"{found[WITH].people} and {found[WITHOUT].people}"
        return "not_enough", f"Not enough people on both sides: {people}, {FEWEST_PEOPLE} each are needed. {UNTIL_THEN}"
    return "no_benefit_shown", f"No benefit can be shown in {counts}. {SWITCH_OFF}"


def _titles(comparisons: Sequence[Comparison], finding: str) -> str:
    return "; ".join(comparison.title.lower() for comparison in comparisons if comparison.finding == finding)


SWITCH_OFF = "Switch the client side off: OTTIT_PREVIEW_MODE=server_only."
UNTIL_THEN = "Go on measuring, or be careful and switch the client side off: OTTIT_PREVIEW_MODE=server_only."
NOTHING = (
    "Nothing to compare: in this window nobody was with and without previews by chance. Measure it with "
    "OTTIT_PREVIEW_MODE=client_preview_off_for_share, or switch the client side off: a benefit that nobody can show "
    "is none."
)
