"""Signs of spam beside the words of a text: which of the policy's signals fire. Pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.log.events import Reason
from shared.policy import SpamSignal


@dataclass(frozen=True, slots=True)
class SpamFacts:
    """Facts about a text that its words do not tell.

    `account_hours`: the age of its author's account, None for an imported author; `earlier_posts`: other published
    posts by the author, and `copies`: other posts with nearly the same text, both of the last seven days.
    """

    links: int
    account_hours: float | None
    earlier_posts: int
    copies: int

    def __str__(self) -> str:
        age = "unknown age" if self.account_hours is None else f"{self.account_hours:.1f} hours old"
        parts = f"links: {self.links}; account: {age}; earlier published posts in 7 days: {self.earlier_posts}"
        return f"{parts}; similar texts in 7 days: {self.copies}"


def reasons_of(signals: Iterable[SpamSignal], spam: SpamFacts, share_of_hold: float) -> list[Reason]:
    """Return the reasons of the signals that fire. Their author reads a general message, moderators the facts.

    `share_of_hold`: the score for spam as a share of the score that holds by itself.
    """
    return [
        Reason(rule=signal.id, category="spam", message=signal.message, detail=f"{spam}", undisclosed=True)
        for signal in signals
        if _fires(signal, spam, share_of_hold)
    ]


def _fires(signal: SpamSignal, spam: SpamFacts, share_of_hold: float) -> bool:
    if spam.links < signal.links or spam.copies < signal.copies or share_of_hold < signal.share_of_hold:
        return False
    if signal.earlier_posts is not None and spam.earlier_posts >= signal.earlier_posts:
        return False
    young = spam.account_hours is not None and spam.account_hours < (signal.account_hours or 0)
    return young or signal.account_hours is None
