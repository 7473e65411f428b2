"""Erases users: appends the fact first, then deletes everything that could still open or name their texts."""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from nats.errors import Error as BrokerError

from services.gateway.accounts.approvals import Approvals
from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.queries import AccountQueries
from services.gateway.accounts.sessions import Sessions
from services.gateway.invitations.commands import InvitationCommands
from services.gateway.view.view import View
from shared.log.crash_points import crash_point
from shared.log.events import UserErased
from shared.problems import NotFound
from shared.tasks import cancel_and_wait

logger = logging.getLogger(__name__)
# How soon an erasure interrupted by a crash is finished. A check costs one look-up for each erased user.
FINISH_EVERY_S = 600.0
# A refused person can read the reason for so long. Then the account is erased: its handle is free again, and nothing of
# what they wrote about themselves is kept.
REFUSED_KEPT_FOR = timedelta(days=7)
BROKER_ERRORS = (BrokerError, TimeoutError, ConnectionError)


class Erasures:
    """Erases users, and finishes interrupted erasures of users who are erased in the log."""

    def __init__(
        self, commands: AccountCommands, queries: AccountQueries, sessions: Sessions, view: View,
        *, invitations: InvitationCommands, approvals: Approvals,
    ) -> None:  # fmt: skip
        self._commands = commands
        self._invitations = invitations
        self._approvals = approvals
        self._queries = queries
        self._sessions = sessions
        self._view = view
        self._done: set[str] = set()
        self._finishing: asyncio.Task[None] | None = None

    async def erase(self, user_id: str) -> int:
        """Erase a user for good. Returns the sequence of the fact."""
        sequence = 0
        with suppress(NotFound):  # already erased: finish what an earlier request began
            sequence = await self._commands.change(user_id, UserErased(), f"user:{user_id}")
        await self._delete_secrets(user_id)
        return sequence

    async def erase_refused(self) -> None:
        """Erase the people who were refused more than a week ago."""
        for user_id in self._queries.refused_before(datetime.now(UTC) - REFUSED_KEPT_FOR):
            with suppress(NotFound):
                if await self._approvals.end(user_id, "service:gateway"):
                    await self._delete_secrets(user_id)

    def start(self) -> None:
        """Finish interrupted erasures, now and regularly."""
        self._finishing = asyncio.create_task(self._finish(), name="erasures")

    async def close(self) -> None:
        """Stop."""
        await cancel_and_wait(self._finishing)

    async def _finish(self) -> None:
        while True:
            try:
                if self._view.caught_up:
                    await self.erase_refused()
                for user_id in self._queries.erased_users() if self._view.caught_up else []:
                    if user_id not in self._done:
                        await self._delete_secrets(user_id)
            except BROKER_ERRORS as error:
                logger.warning("an erasure could not be finished yet", extra={"error": type(error).__name__})
            await asyncio.sleep(FINISH_EVERY_S if self._view.caught_up else 1.0)

    async def _delete_secrets(self, user_id: str) -> None:
        crash_point("before_sessions_ended")
        await self._sessions.end_all(user_id)
        await self._invitations.revoke_all(user_id)
        await self._commands.forget(user_id)
        self._done.add(user_id)
