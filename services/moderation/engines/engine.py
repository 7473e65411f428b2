"""The interface of an engine: the text that it scores, and the scores that it returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from services.moderation.domain import MOST_SPANS, CheckFailed, Scores
from services.moderation.engines.text_reading import nothing
from shared.content import Content
from shared.log.events import Reading, Span, Usage
from shared.policy import LATER_CATEGORIES, Policy
from shared.policy.judged_languages import Unjudged
from shared.security.sealing import DataKey


@dataclass(frozen=True, slots=True)
class ScoringRequest:
    """One text to score. Providers receive the content and the community's guideline, and nothing else.

    `content_hash` finds a result that was paid for earlier. It is computed from this content: under a hash that another
    service named, a text could get the result of a harmless one. The daily budget of `person_id` is charged. A dry run
    waits behind submissions, and is refused if too many wait. `answered` is the text that a comment answers, and has a
    keyed hash too; providers do not get it.
    """

    content: Content
    content_hash: str
    community: str
    person_id: str
    dry_run: bool = False
    answered: str = ""
    answered_hash: str = ""

    @classmethod
    def of(
        cls, content: Content, key: DataKey, community: str, person_id: str, *, answered: str, dry_run: bool = False
    ) -> "ScoringRequest":
        """Return the request for a text of this person, whose key names its results."""
        content_hash = key.content_hash(content.canonical())
        answered_hash = key.content_hash(answered.encode("utf-8", "surrogatepass"))
        return cls(content, content_hash, community, person_id, dry_run, answered, answered_hash)


@dataclass(frozen=True, slots=True)
class Assessment:
    """Scores by category in [0, 1], or why there are none, and the engine and model that gave them.

    A category that is missing could not be checked, except `unknown_categories`, which the engines do not have: only
    rules judge those. `failure` tells moderators why an engine gave no scores, also when another engine replaced it.
    `usage` is the cost of the response; None if nothing was paid.

    `marks` has the passage that gave a score; without one it is the whole text. `reading` is what the engine has read
    of the text; None: nothing. `unjudged` are the passages in languages that no engine judges.
    """

    scores: Scores | CheckFailed
    engine: str
    model: str
    usage: Usage | None = None
    failure: str | None = None
    unknown_categories: frozenset[str] = frozenset()
    marks: Mapping[str, Span] = field(default_factory=dict)
    reading: Reading | None = None
    unjudged: Unjudged | None = None

    def rounded(self) -> dict[str, float]:
        """Return the scores for the log: four digits are as precise as a model's probability can be."""
        if isinstance(self.scores, CheckFailed):
            return {}
        return {name: round(score, 4) for name, score in self.scores.items()}

    @property
    def unjudged_part(self) -> tuple[Span, ...]:
        """The passages in languages that no engine judges, if they are more than a quotation."""
        return self.unjudged.spans[:MOST_SPANS] if self.unjudged and self.unjudged.substantial else ()

    def unjudged_fields(self) -> dict[str, Any]:
        """Return the fields of a decision that say what is in languages that no engine judges."""
        if (found := self.unjudged) is None:
            return {}
        unjudged = "language" if found.substantial else None
        return {"unjudged": unjudged, "unjudged_languages": found.languages, "unjudged_spans": found.spans[:MOST_SPANS]}


def with_reading(assessment: Assessment, request: ScoringRequest) -> Assessment:
    """Say that an engine without any scores has read nothing."""
    return assessment if assessment.reading else replace(assessment, reading=nothing(len(request.content.text)))


def without_score(scores: Scores) -> frozenset[str]:
    """Return the later categories that are missing in an engine's scores: the engine does not know them."""
    return LATER_CATEGORIES - scores.keys()


class Engine(Protocol):
    """Scores texts. Never raises: a failed check is a value, and the policy defines its outcome."""

    async def assess(self, request: ScoringRequest, policy: Policy) -> Assessment:
        """Score the text for the policy's categories."""
        ...


class MonitoredEngine(Engine, Protocol):
    """An engine that reports on its parts, as the handlers need it."""

    def parts(self, policy: Policy) -> dict[str, str]:
        """Return the state of each part that this policy uses: name → `ok` or what is wrong."""
        ...

    def misconfiguration(self, policy: Policy) -> str:
        """Return which setting must be changed before the engines can do what the policy says; else nothing."""
        ...
