"""Erasing a person: the fact first, then everything that could still open or name what they wrote."""

import asyncio
import logging
from contextlib import suppress

from nats.errors import Error as BrokerError

from services.gateway.accounts.commands import Accounts
from services.gateway.accounts.sessions import Sessions
from services.gateway.view.view import View
from shared.log.events import UserErased
from shared.problems import NotFound
from shared.tasks import cancel_and_wait

logger = logging.getLogger(__name__)
# How soon an erasure that a crash has cut off is finished. Asking costs one look-up for each erased person.
FINISH_EVERY_S = 600.0
BROKEN = (BrokerError, TimeoutError, ConnectionError)


class Erasures:
    """Erases people, and finishes what was cut off: whoever stands erased in the log loses the rest, too."""

    def __init__(self, accounts: Accounts, sessions: Sessions, view: View) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._view = view
        self._done: set[str] = set()
        self._finishing: asyncio.Task[None] | None = None

    async def erase(self, user_id: str) -> int:
        """Erase a person for good. Returns the sequence of the fact."""
        sequence = 0
        with suppress(NotFound):  # a second request of the same person: finish what the first began
            sequence = await self._accounts.change(user_id, UserErased(), f"user:{user_id}")
        await self._let_go(user_id)
        return sequence

    def start(self) -> None:
        """Finish what was cut off, now and from time to time."""
        self._finishing = asyncio.create_task(self._finish(), name="erasures")

    async def close(self) -> None:
        """Stop."""
        await cancel_and_wait(self._finishing)

    async def _finish(self) -> None:
        while True:
            try:
                for user_id in self._view.erased_people() if self._view.caught_up else []:
                    if user_id not in self._done:
                        await self._let_go(user_id)
            except BROKEN as error:
                logger.warning("an erasure waits to be finished", extra={"error": type(error).__name__})
            await asyncio.sleep(FINISH_EVERY_S if self._view.caught_up else 1.0)

    async def _let_go(self, user_id: str) -> None:
        await self._sessions.end_all(user_id)
        await self._accounts.forget(user_id)
        self._done.add(user_id)
