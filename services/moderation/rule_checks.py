"""Matches rules against texts: short ones at once, long ones beside the event loop, in turn by author."""

import asyncio

from shared.model.fair_queue import FairQueue
from shared.policy import Policy, RuleHit, is_too_dense, match

# A text of this length takes about 10 ms, as long as all other work of the event loop on a decision.
SHORT_CHARACTERS = 2000


class TooDense(Exception):
    """The normalized form of the text would be too long to search in."""


class RuleChecks:
    """Matches one long text at a time."""

    def __init__(self) -> None:
        self._waiting: FairQueue[asyncio.Future[None]] = FairQueue(lambda turn: not turn.done())
        self._is_busy = False

    async def hits(self, policy: Policy, text: str, author: str) -> tuple[RuleHit, ...]:
        """Return the rules that fire on the text.

        Raises:
            TooDense: nothing was matched.
        """
        if len(text) <= SHORT_CHARACTERS:
            return match(policy, text)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(author, 1, turn)
        self._give_turn()
        try:
            await turn
            return await asyncio.to_thread(_match_long, policy, text)
        finally:
            if turn.done() and not turn.cancelled():
                self._is_busy = False
                self._give_turn()

    async def found(self, policy: Policy, text: str, author: str) -> tuple[tuple[RuleHit, ...], bool]:
        """Return the rules that fire, and whether the text was too dense to search in."""
        try:
            return await self.hits(policy, text, author), False
        except TooDense:
            return (), True

    def _give_turn(self) -> None:
        if not self._is_busy:
            for turn in self._waiting.take(1, 1):
                self._is_busy = True
                turn.set_result(None)


def _match_long(policy: Policy, text: str) -> tuple[RuleHit, ...]:
    if is_too_dense(text):
        raise TooDense
    return match(policy, text)
