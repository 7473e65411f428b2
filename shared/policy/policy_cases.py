"""The texts on which a policy must have been tried before it may be activated."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(max_length=5000)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class DecidedCase(_Part):
    """A text whose scores are given, and what must become of it. Scores that are not named are 0.

    `scores` null: the check has failed.
    """

    text: Text
    scores: dict[str, float] | None
    outcome: Literal["published", "held", "rejected"]


class Cases(_Part):
    """`fires`: rule → texts on which it fires. `passes`: texts on which no rule fires. `decides`: whole decisions.

    `steers`: texts that ask for an outcome, or pose as the machinery. Each is tried with every extreme of the scores
    and inside every prompt: it must change neither a decision nor what stands outside its own element.
    """

    fires: dict[str, tuple[Text, ...]] = {}
    passes: tuple[Text, ...] = ()
    decides: tuple[DecidedCase, ...] = ()
    steers: tuple[Text, ...] = ()
