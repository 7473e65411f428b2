"""How far previews and decisions are apart, and whether previews are worth it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from services.gateway.http.fields import Answer

DriftWindow = Literal["day", "week", "month"]
DriftBy = Literal["tier", "policy", "model"]
Verdict = Literal["helps", "no_benefit_shown", "harms", "not_enough", "nothing_to_compare"]


class Share(Answer):
    """`count` of `of`, with a Wilson 95% interval. Not `enough`: the interval is too wide to say anything."""

    count: int
    of: int
    share: float | None
    low: float | None
    high: float | None
    enough: bool


class Distance(Answer):
    """Previews that were submitted as they were seen, against what the engines then decided."""

    decided: int = Field(description="submissions with a preview of exactly this text, and a decision")
    false_reassurance: Share = Field(description="the preview said fine, the decision did not: of those that said so")
    false_alarm: Share = Field(description="the preview warned, the text was published: of warnings that were sent")
    agreement: Share = Field(description="the same word: published, held or rejected")
    failed_checks: int = Field(description="decisions held because a check did not answer, counted above as held")


class DistanceGroup(Answer):
    """One tier, one pair of policies or one pair of models; empty where the preview named none."""

    preview: str
    decision: str
    distance: Distance


class Warned(Answer):
    """What became of texts after a warning: pairs with the same tier of the same draft."""

    changed: Share = Field(description="a later preview of the draft was fine, and that text was sent")
    unsent: int = Field(description="drafts with a warning that were not sent in this window: given up, or not done")


class Drift(Answer):
    provenance: Literal["telemetry"] = Field(
        default="telemetry", description="previews are what clients say about themselves: never evidence"
    )
    window: DriftWindow
    by: DriftBy
    since: datetime
    until: datetime
    submits: int
    without_preview: Share = Field(description="none of exactly this text: of submissions by people who get them")
    of_another_text: int = Field(description="of these: a preview was named, but is unknown or of another text")
    undecided: int
    total: Distance
    groups: list[DistanceGroup]
    warned: Warned


class Measured(Answer):
    """A sum over a sum, for one side. The interval is over people; null with fewer than 30 of them."""

    value: float | None
    low: float | None
    high: float | None
    people: int
    over: float = Field(description="what is below the line: submissions, or published posts")


class ArmReport(Answer):
    arm: Literal["server_only", "hybrid", "trial_with", "trial_without"]
    people: int
    submits: int
    measures: dict[str, Measured]


class Comparison(Answer):
    """With previews less without: below zero is better where `better` is `less`."""

    measure: str
    title: str
    counts: str = Field(description="what exactly is counted")
    better: Literal["less", "neither"]
    difference: float | None
    low: float | None
    high: float | None
    saved: float | None = Field(description="over all submissions of the side with previews, where less is better")
    finding: Literal["better", "worse", "no_difference_shown", "not_enough", "description"]


class Worth(Answer):
    provenance: Literal["telemetry"] = "telemetry"
    window: DriftWindow
    since: datetime
    until: datetime
    mode: Literal["server_only", "hybrid", "client_preview_off_for_share"]
    level: float = Field(description="of each interval, so that all of them together are right 95% of the time")
    arms: list[ArmReport]
    comparisons: list[Comparison]
    verdict: Verdict
    says: str
