"""Approves and refuses people who wait. Their facts decide, because two moderators may act at the same moment."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from services.gateway.accounts.domain import approval_of
from services.gateway.http.caller import Approval
from shared.log.append import ConcurrencyConflict, Log
from shared.log.events import Fact, UserApproved, UserErased, UserRefused, record
from shared.problems import Conflict, NotFound
from shared.security.data_keys import DataKeyStore, Erased
from shared.telemetry.tracing import traceparent


@dataclass(frozen=True)
class Approvals:
    """The write side of approvals. Each method returns the sequence of its fact; 0 if it had nothing to do."""

    log: Log
    keys: DataKeyStore

    async def approve(self, user_id: str, by: str) -> int:
        """Let somebody write who waits or was refused. `by`: the actor.

        Raises:
            NotFound: there is no such user.
        """
        return await self._append(user_id, lambda state: None if state == "approved" else UserApproved(), by)

    async def refuse(self, user_id: str, reason: str, by: str) -> int:
        """Refuse somebody who waits.

        Raises:
            Conflict: `approved_already`.
            NotFound: there is no such user.
        """
        try:
            sealed = (await self.keys.key_of(user_id)).seal(reason.encode(), user_id)
        except Erased as error:
            raise NotFound("There is no such user.") from error

        def refusal(state: Approval) -> Fact | None:
            if state == "approved":
                raise Conflict(
                    "This person was approved meanwhile. A suspension is still possible.", "approved_already"
                )
            return UserRefused(reason=sealed) if state == "waiting" else None

        return await self._append(user_id, refusal, by)

    async def waits(self, user_id: str) -> bool:
        """Return whether somebody waits now."""
        with suppress(NotFound):
            return approval_of(event.data for event in await self.log.facts_of("user", user_id)) == "waiting"
        return False

    async def end(self, user_id: str, by: str) -> int:
        """Erase somebody who is still refused; the caller deletes what else is stored about them.

        Raises:
            NotFound: there is no such user.
        """
        return await self._append(user_id, lambda state: UserErased() if state == "refused" else None, by)

    async def _append(self, user_id: str, fact_for: Callable[[Approval], Fact | None], by: str) -> int:
        while True:  # each retry means that another writer appended a fact
            end = await self.log.end_of("user", user_id)
            facts = [event.data for event in await self.log.facts_of("user", user_id)]
            if (fact := fact_for(approval_of(facts))) is None:
                return 0
            event = record(fact, user_id, actor=by, at=datetime.now(UTC), traceparent=traceparent())
            with suppress(ConcurrencyConflict):
                return (await self.log.append(event, after=end.sequence)).sequence
