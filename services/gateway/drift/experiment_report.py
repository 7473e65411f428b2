"""Compares the groups of the preview experiment, user by user. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from services.gateway.drift.intervals import FEWEST_PEOPLE, Ratio, difference, interval
from services.gateway.drift.schemas import ArmReport, Comparison, Measured, Verdict
from shared.log.preview_records import ExperimentGroup

WITH: ExperimentGroup = "trial_with"
WITHOUT: ExperimentGroup = "trial_without"


@dataclass(frozen=True)
class Activity:
    """Sums over one user's activity in the window, in one group.

    `refused`: automatic decisions that hold or reject. `questions`: automatic decisions and dry runs. `seconds`: from
    submission to publication. `described`: posts whose client reported how they were written, with `changes`.
    """

    group: ExperimentGroup
    submits: int
    decided: int
    refused: int
    questions: int
    tokens: int
    posts: int
    published: int
    seconds: float
    described: int
    changes: int


@dataclass(frozen=True)
class Measure:
    """A ratio of two sums, both named as in `Activity`. `counts`: explains it to moderators."""

    name: str
    title: str
    counts: str
    numerator: str
    denominator: str
    better: Literal["less", "neither"] = "less"


MEASURES = (
    Measure("refused", "Held or rejected, per submission",
            "automatic decisions that hold or reject, divided by decided submissions and edits", "refused", "decided"),
    Measure("questions", "Questions to the server's engines, per published post",
            "automatic decisions and dry runs, divided by published posts; repeated questions about the same text "
            "count, although the cache answers them", "questions", "published"),
    Measure("tokens", "Tokens of a provider, per published post",
            "input and output tokens of the decisions, divided by published posts; 0 if only the local model decides",
            "tokens", "published"),
    Measure("seconds", "Seconds from the first submission to publication, per published post",
            "including the wait for a moderator; posts that were never published are left out", "seconds", "published"),
    Measure("changes", "Pauses over a changed text before submitting, per submission",
            "as clients report it, for posts where they do", "changes", "described", "neither"),
)  # fmt: skip
EVALUATED = tuple(measure for measure in MEASURES if measure.better == "less")
# Several measures of the same users: each interval is wide enough that all of them together hold with 95%
# (Bonferroni; Dunn, "Multiple Comparisons Among Means", 1961).
LEVEL = 1 - 0.05 / len(EVALUATED)


@dataclass
class GroupTotals:
    """The number of users and submissions of a group, and a ratio for each measure."""

    people: int = 0
    submits: int = 0
    ratios: dict[str, Ratio] = field(default_factory=lambda: {measure.name: Ratio() for measure in MEASURES})

    def add(self, activity: Activity) -> None:
        """Add one user."""
        self.people += 1
        self.submits += activity.submits
        for measure in MEASURES:
            numerator, denominator = getattr(activity, measure.numerator), getattr(activity, measure.denominator)
            self.ratios[measure.name].add(numerator, denominator)


def totals_by_group(people: Iterable[Activity]) -> dict[ExperimentGroup, GroupTotals]:
    """Return the totals of each group that has users."""
    found: dict[ExperimentGroup, GroupTotals] = {}
    for activity in people:
        found.setdefault(activity.group, GroupTotals()).add(activity)
    return found


def report(group: ExperimentGroup, totals: GroupTotals) -> ArmReport:
    """Return one group's numbers."""
    measures = {}
    for name, ratio in totals.ratios.items():
        low, high = interval(ratio, LEVEL) or (None, None)
        measures[name] = Measured(value=ratio.value, low=low, high=high, people=ratio.people, over=ratio.x)
    return ArmReport(arm=group, people=totals.people, submits=totals.submits, measures=measures)


def compare(found: Mapping[ExperimentGroup, GroupTotals]) -> list[Comparison]:
    """Subtract "without" from "with" for every measure. Groups that were not assigned at random are not compared."""
    left, right = found.get(WITH, GroupTotals()), found.get(WITHOUT, GroupTotals())
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


def verdict(found: Mapping[ExperimentGroup, GroupTotals], comparisons: Sequence[Comparison]) -> tuple[Verdict, str]:
    """Return the verdict and its explanation. Unless a benefit is shown, the advice is to switch previews off."""
    if WITH not in found or WITHOUT not in found:
        return "nothing_to_compare", NOTHING
    findings = {comparison.finding for comparison in comparisons}
    counts = f"{found[WITH].submits} submissions with previews and {found[WITHOUT].submits} without"
    if "worse" in findings:
        return "harms", f"Previews do harm, based on {counts}: {_titles(comparisons, 'worse')}. {SWITCH_OFF}"
    if "better" in findings:
        return (
            "helps",
            f"Previews help, based on {counts}: {_titles(comparisons, 'better')}. Keep them on for everybody.",
        )
    if "no_difference_shown" not in findings:
        people = f"{found[WITH].people} and {found[WITHOUT].people}"
        return "not_enough", f"Not enough people in both groups: {people}; each needs {FEWEST_PEOPLE}. {UNTIL_THEN}"
    return "no_benefit_shown", f"No benefit can be shown, based on {counts}. {SWITCH_OFF}"


def _titles(comparisons: Sequence[Comparison], finding: str) -> str:
    return "; ".join(comparison.title.lower() for comparison in comparisons if comparison.finding == finding)


SWITCH_OFF = "Switch previews off: OTTIT_PREVIEW_MODE=server_only."
UNTIL_THEN = "Continue measuring or, to be safe, switch previews off: OTTIT_PREVIEW_MODE=server_only."
NOTHING = (
    "Nothing to compare: in this period no users were randomly assigned to groups with and without previews. Measure "
    "with OTTIT_PREVIEW_MODE=client_preview_off_for_share, or switch previews off with OTTIT_PREVIEW_MODE=server_only: "
    "unless a benefit is shown, there is no reason to keep them."
)
