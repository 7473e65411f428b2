"""Wire models of drift between previews and decisions, and of the preview experiment."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from services.gateway.http.schemas import ResponseModel

DriftWindow = Literal["day", "week", "month"]
DriftBy = Literal["tier", "policy", "model"]
Verdict = Literal["helps", "no_benefit_shown", "harms", "not_enough", "nothing_to_compare"]


class Share(ResponseModel):
    """`count` of `of`, with a 95% Wilson interval. If not `enough`, the interval is too wide to draw a conclusion."""

    count: int
    of: int
    share: float | None
    low: float | None
    high: float | None
    enough: bool
    withheld: bool = Field(default=False, description="Too few people are behind it; the numbers are left out.")


class Distance(ResponseModel):
    """Previews of submitted texts compared with the automatic decisions on them."""

    decided: int = Field(description="Submissions with a decision and a preview of exactly this text.")
    false_reassurance: Share = Field(description="Of previews that predicted publication: those not published.")
    false_alarm: Share = Field(description="Of submitted texts with a warning: those that were published.")
    agreement: Share = Field(description="The same outcome: published, held or rejected.")
    failed_checks: int = Field(description="Decisions to hold because an engine did not answer; included above.")


class DistanceGroup(ResponseModel):
    """One tier, or a pair of policies or models; empty if the preview named none."""

    preview: str
    decision: str
    distance: Distance


class Warned(ResponseModel):
    """The outcome of texts after a warning, judged by later previews of the same draft by the same tier."""

    changed: Share = Field(description="Submitted after a later preview of the draft predicted publication.")
    unsent: int | None = Field(
        description="Drafts with a warning that were not submitted in this window; null if withheld."
    )


class Drift(ResponseModel):
    provenance: Literal["telemetry"] = Field(
        default="telemetry", description="Clients report previews about themselves, so they are never evidence."
    )
    window: DriftWindow
    by: DriftBy
    since: datetime
    until: datetime
    submits: int
    without_preview: Share = Field(description="Of submissions with previews on: those without a preview of this text.")
    of_another_text: int | None = Field(
        description="Of these: those that name an unknown preview, or a preview of another text; null if withheld."
    )
    of_unknown_origin: int | None = Field(
        description="Submissions with a preview under a policy or by a model that was not in use here lately. They are "
        "in no other number about previews; null if withheld."
    )
    fewest_people: int = Field(description="Numbers about the previews of fewer people are withheld.")
    undecided: int
    unjudged: int = Field(
        description="Submissions with a substantial part in a language that no engine judges: in no comparison."
    )
    total: Distance
    groups: list[DistanceGroup]
    warned: Warned


class Measured(ResponseModel):
    """A ratio of sums for one group. The interval treats each person as one sample; null with fewer than 30 people."""

    value: float | None
    low: float | None
    high: float | None
    people: int
    over: float = Field(description="The denominator: submissions or published posts.")


class ArmReport(ResponseModel):
    arm: Literal["server_only", "hybrid", "trial_with", "trial_without"]
    people: int
    submits: int
    measures: dict[str, Measured]


class Comparison(ResponseModel):
    """The difference with − without previews. If `better` is `less`, a negative difference is better."""

    measure: str
    title: str
    counts: str = Field(description="What is counted.")
    better: Literal["less", "neither"]
    difference: float | None
    low: float | None
    high: float | None
    saved: float | None = Field(
        description="Total saved over all submissions with previews; null if less is not better."
    )
    finding: Literal["better", "worse", "no_difference_shown", "not_enough", "description"]


class Worth(ResponseModel):
    provenance: Literal["telemetry"] = "telemetry"
    window: DriftWindow
    since: datetime
    until: datetime
    mode: Literal["server_only", "hybrid", "client_preview_off_for_share"]
    level: float = Field(
        description="The confidence level of each interval, chosen so that all hold together with 95% confidence."
    )
    arms: list[ArmReport]
    comparisons: list[Comparison]
    verdict: Verdict
    says: str
