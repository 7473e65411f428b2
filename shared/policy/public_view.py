"""Splits a policy into the public view, which clients run, and the overlay, which only the server has.

`merge` is the inverse of `split`. The client's types (`client/src/policy/public-view.ts`) are generated from these
models.

Policy stage: compile and sign. Other stages: source (`load`), activate (`bundle_store`), evaluate (`rule_matching`).
"""

import hashlib
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict

from shared.model.categories import Category
from shared.policy.canonical import AddedLater, canonical
from shared.policy.help_and_spam import Helpline, SpamSignal
from shared.policy.judged_languages import Languages
from shared.policy.prompts import PromptName, PromptTemplate
from shared.policy.schema import (
    Action,
    Cases,
    CategoryPolicy,
    FailureMode,
    Measure,
    ModelPin,
    Overall,
    Policy,
    ReadingLimit,
    Rule,
)
from shared.policy.threshold_bands import band_of


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PublicCategory(_View):
    """A category without its thresholds. The bands are the tenths of the scale that contain them.

    `hold_band` null: only the server judges this category.
    """

    id: Category
    title: str
    definition: str
    message: str
    hold_band: int | None
    reject_band: int | None
    reject_any_harm_band: Annotated[int | None, AddedLater] = None
    support_band: Annotated[int | None, AddedLater] = None
    support_message: Annotated[str | None, AddedLater] = None
    person_decides: Annotated[bool, AddedLater] = False


class PublicOverall(_View):
    """The public part of the overall score."""

    title: str
    message: str
    hold_band: int


class PublicRule(_View):
    """A rule that clients also run."""

    id: str
    category: Category
    outcome: Action
    patterns: tuple[str, ...]
    measure: Measure | None
    message: str


class PublicView(_View):
    """The part of a policy that clients get. `digest` covers the whole policy, `overlay` is the overlay's sha256."""

    format: Literal[1]
    name: str
    version: int
    digest: str
    overlay: str
    normalizer: int
    model: ModelPin | None
    appeal_days: int
    failure_mode: FailureMode
    categories: tuple[PublicCategory, ...]
    overall: PublicOverall | None
    reading: Annotated[ReadingLimit | None, AddedLater] = None
    languages: Annotated[Languages | None, AddedLater] = None
    rules: tuple[PublicRule, ...]
    rules_left_out: int
    prompts: dict[PromptName, PromptTemplate]
    output_schema: dict[str, Any]
    helplines: Annotated[tuple[Helpline, ...], AddedLater] = ()


class CategoryOverlay(_View):
    """The private part of a category."""

    engine: Literal["local", "openai"]
    on_failure: Literal["hold", "local"]
    hold: float
    reject: float | None
    reject_any_harm: Annotated[float | None, AddedLater] = None
    support: Annotated[float | None, AddedLater] = None
    previewed: Annotated[bool, AddedLater] = True


class Overlay(_View):
    """The private part of a policy: exact thresholds, engines, private rules, reasons for moderators, test cases."""

    format: Literal[1]
    digest: str
    lines: dict[Category, CategoryOverlay]
    overall_hold: float | None
    reasons: dict[str, str]
    rules: tuple[Rule, ...]
    cases: Cases
    spam_signals: Annotated[tuple[SpamSignal, ...], AddedLater] = ()


def public_view(policy: Policy) -> PublicView:
    """Return the public view of a policy."""
    return split(policy)[0]


def split(policy: Policy) -> tuple[PublicView, Overlay]:
    """Split a policy into its public view and its overlay."""
    overlay = _overlay(policy)
    public = [rule for rule in policy.rules if rule.public]
    view = PublicView(
        format=1,
        name=policy.name,
        version=policy.version,
        digest=policy.digest,
        overlay=hashlib.sha256(canonical(overlay).encode()).hexdigest(),
        normalizer=policy.normalizer,
        model=policy.model,
        appeal_days=policy.appeal_days,
        failure_mode=policy.failure_mode,
        categories=tuple(_public_category(entry) for entry in policy.categories),
        overall=_public_overall(policy.overall),
        reading=policy.reading,
        languages=policy.languages,
        rules=tuple(PublicRule(**rule.model_dump(include=set(PublicRule.model_fields))) for rule in public),
        rules_left_out=len(policy.rules) - len(public) + len(policy.spam_signals),
        prompts=policy.prompts,
        output_schema=policy.output_schema,
        helplines=policy.helplines,
    )
    return view, overlay


def merge(view: PublicView, overlay: Overlay) -> Policy:
    """Return the policy of a public view and its overlay. Raises ValueError if they do not belong together."""
    if view.overlay != hashlib.sha256(canonical(overlay).encode()).hexdigest():
        raise ValueError("the overlay is not the one that the public view names")
    public = [Rule(**dict(rule), public=True, reason=overlay.reasons.get(rule.id, "")) for rule in view.rules]
    policy = Policy(
        name=view.name,
        version=view.version,
        normalizer=view.normalizer,  # type: ignore[arg-type]
        model=view.model,
        appeal_days=view.appeal_days,
        failure_mode=view.failure_mode,
        categories=tuple(_category(entry, overlay.lines[entry.id]) for entry in view.categories),
        overall=_whole_overall(view, overlay),
        reading=view.reading,
        languages=view.languages,
        rules=(*public, *overlay.rules),
        prompts=view.prompts,
        helplines=view.helplines,
        spam_signals=overlay.spam_signals,
        cases=overlay.cases,
    )
    if not policy.digest == view.digest == overlay.digest:
        raise ValueError(f"the merged policy is {policy.digest[:12]}, and its views name {view.digest[:12]}")
    return policy


def _overlay(policy: Policy) -> Overlay:
    return Overlay(
        format=1,
        digest=policy.digest,
        lines={
            entry.id: CategoryOverlay(**entry.model_dump(include=set(CategoryOverlay.model_fields)))
            for entry in policy.categories
        },
        overall_hold=policy.overall.hold if policy.overall else None,
        reasons={rule.id: rule.reason for rule in policy.rules if rule.public},
        rules=tuple(rule for rule in policy.rules if not rule.public),
        cases=policy.cases,
        spam_signals=policy.spam_signals,
    )


# What the public view and the overlay of a category do not share.
_PUBLIC_FIELDS = frozenset({"id", "title", "definition", "message", "support_message", "person_decides"})


def _public_category(entry: CategoryPolicy) -> PublicCategory:
    def band(threshold: float | None) -> int | None:
        return None if threshold is None or not entry.previewed else band_of(threshold)

    return PublicCategory(
        **entry.model_dump(include=set(_PUBLIC_FIELDS)),
        hold_band=band(entry.hold),
        reject_band=band(entry.reject),
        reject_any_harm_band=band(entry.reject_any_harm),
        support_band=band(entry.support),
    )


def _public_overall(overall: Overall | None) -> PublicOverall | None:
    if overall is None:
        return None
    return PublicOverall(title=overall.title, message=overall.message, hold_band=band_of(overall.hold))


def _category(entry: PublicCategory, lines: CategoryOverlay) -> CategoryPolicy:
    public = entry.model_dump(include=set(_PUBLIC_FIELDS))
    return CategoryPolicy(**public, **lines.model_dump())


def _whole_overall(view: PublicView, overlay: Overlay) -> Overall | None:
    if view.overall is None or overlay.overall_hold is None:
        return None
    return Overall(title=view.overall.title, message=view.overall.message, hold=overlay.overall_hold)
