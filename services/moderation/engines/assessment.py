"""What an engine is asked, and what it answers."""

from dataclasses import dataclass
from typing import Protocol

from services.moderation.domain import CheckFailed, Scores
from shared.content import Content
from shared.log.events import Usage
from shared.policy import Policy


@dataclass(frozen=True, slots=True)
class Question:
    """One text to score. A provider gets the content and the community's guideline, and nothing else of this.

    `content_hash` finds a result that was paid for already; `person_id` counts what one person may cost in a day.
    """

    content: Content
    content_hash: str
    community: str
    person_id: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """Scores by category in [0, 1], or why there are none; and who gave them.

    A category that is missing could not be checked. `failure` says for moderators why an engine gave no scores, also
    where another one spoke in its place. `usage` is what the answer cost; None where nobody was paid for it.
    """

    scores: Scores | CheckFailed
    engine: str
    model: str
    usage: Usage | None = None
    failure: str | None = None

    def rounded(self) -> dict[str, float]:
        """The scores as they stand in the decision: four digits say all that a probability of a model can say."""
        if isinstance(self.scores, CheckFailed):
            return {}
        return {name: round(score, 4) for name, score in self.scores.items()}


class Engine(Protocol):
    """Scores a text. Never raises: a check that failed is a value, and the policy says what becomes of it."""

    async def assess(self, question: Question, policy: Policy) -> Assessment:
        """Score the text for the policy's categories."""
        ...


class Judge(Engine, Protocol):
    """All engines together, as the handlers know them."""

    def parts(self, policy: Policy) -> dict[str, str]:
        """How the engines are that this policy asks: name → `ok` or what is wrong."""
        ...
