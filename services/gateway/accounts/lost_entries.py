"""Notices users whose data key or credentials are lost: they registered, were not erased, and have no readable entry.

Also credentials that are older than the user's last change, and sessions that are missing in their user's list. The
broker still counts a damaged entry after a clean stop and drops it without a word after a kill, so each is read.
"""

import asyncio
import logging
from time import monotonic

import orjson
from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.js.errors import APIError

from services.gateway.accounts.queries import AccountQueries
from services.gateway.accounts.stored_grants import unlisted
from services.gateway.view.view import View
from shared.log.integrity import stream_info
from shared.log.read_to_end import read_to_end
from shared.security.credential_changes import generation_of, recorded_generations
from shared.security.data_keys import DataKeyStore
from shared.tasks import cancel_and_wait, start_background

logger = logging.getLogger(__name__)
# A check reads each entry: 20,000 a second. A loss that is being repaired is looked at more often.
CHECK_EVERY_S, CHECK_LOSS_EVERY_S = 3600.0, 120.0
LOOK_S = 1.0  # how soon a check follows the view's start, or a restart of the broker
# The view is about a second behind; an erasure that it has not folded would look like a loss.
TIMEOUT_S = 30.0
BROKER_ERRORS = (BrokerError, APIError, OSError)
REMEDY = (
    "They are not erased, and the current view still has what it has read. Do not rebuild or delete it. "
    "Put the entries back from the newest backup: `ottit down`, then `ottit restore-people FOLDER/people.backup`. "
    "Without one, `ottit user reset-password` helps users with lost credentials."
)
OLDER = "older than their user's last change"
# The key of credentials that have changed; no handle contains a dot.
CHANGED = "credentials."


class LostEntries:
    """Compares the users of the view with the entries of `KEYS` and `ACCOUNTS`, at the start and hourly."""

    def __init__(self, broker: Client, view: View, users: AccountQueries, keys: DataKeyStore) -> None:
        self._broker = broker
        self._view = view
        self._users = users
        self._keys = keys
        self._checking: asyncio.Task[None] | None = None
        self.finding = ""  # for the operator; empty while nothing is lost
        self.losses: tuple[str, ...] = ()  # the buckets with lost entries

    def start(self) -> None:
        """Check in the background once the view has caught up, then regularly."""
        self._checking = start_background(self._repeat(), "lost entries")

    async def close(self) -> None:
        """Stop."""
        await cancel_and_wait(self._checking)

    async def check(self) -> None:
        """Update the finding. Leaves it as it is while the view is too far behind to tell an erasure from a loss.

        When keys have come back, this starts a rebuild of a view that was folded without them.

        Raises:
            nats.errors.Error: the broker did not answer.
        """
        keyed, named = self._users.users_with_key(), self._users.users_with_handle()
        keys = {user_id for user_id, key in (await self._entries("KEYS")).items() if self._keys.check(user_id, key)}
        recorded = await recorded_generations(self._broker)
        entries = await self._entries("ACCOUNTS")
        accounts = {handle: _owner(entry) for handle, entry in entries.items()}
        # An erasure appends its fact before it deletes an entry: who is still not erased at this end lost the entry.
        end = int((await stream_info(self._broker, "EVENTS"))["state"]["last_seq"])
        if not await self._view.wait_for(end, TIMEOUT_S):
            return
        erased = set(self._users.erased_users())
        keyless = len(keyed - keys - erased)
        unnamed = sum(user_id not in erased and accounts.get(handle) != user_id for user_id, handle in named)
        older = sum(
            user_id not in erased and generation_of(entries.get(f"{CHANGED}{user_id}", b"")) < last
            for user_id, last in recorded.items()
        )
        counts = {"KEYS": keyless, "ACCOUNTS": unnamed + older}
        self.losses = tuple(name for name, count in counts.items() if count)
        parts = [f"{counts[name]} in {name}" for name in self.losses]
        self._report([*parts, f"{older} of them {OLDER}"] if older else parts)
        await self._list_sessions()
        if not keyless and (self._view.refused or await self._view.locked()):
            self._view.rebuild()

    async def _list_sessions(self) -> None:
        """List sessions that their owner cannot see, because the entry in the list is lost: nobody could end them."""
        sessions = await self._broker.jetstream().key_value("SESSIONS")
        for key, entry in unlisted(await self._entries("SESSIONS")).items():
            logger.warning("a session was missing in its user's list and is listed again")
            await sessions.put(key, entry)

    def _report(self, lost: list[str]) -> None:
        finding = f"entries of users are lost or damaged: {', '.join(lost)}. {REMEDY}" if lost else ""
        if finding and finding != self.finding:
            logger.error("entries of users are lost", extra={"finding": finding})
        self.finding = finding

    async def _repeat(self) -> None:
        checked_at, connections = -CHECK_EVERY_S, -1
        while True:
            since = monotonic() - checked_at
            due = since >= (CHECK_LOSS_EVERY_S if self.finding else CHECK_EVERY_S)
            if self._view.caught_up and (due or connections != self._broker.stats["reconnects"]):
                checked_at, connections = monotonic(), self._broker.stats["reconnects"]
                try:
                    await self.check()
                except BROKER_ERRORS as error:
                    connections = -1
                    logger.warning("lost entries could not be looked for", extra={"error": type(error).__name__})
            await asyncio.sleep(LOOK_S)

    async def _entries(self, bucket: str) -> dict[str, bytes]:
        """Return all entries that can be read, by key."""
        prefix, found = f"$KV.{bucket}.", dict[str, bytes]()
        async for message in read_to_end(self._broker, f"KV_{bucket}"):
            found[message.subject.removeprefix(prefix)] = message.data
        return found


def _owner(stored: bytes) -> str:
    try:
        return str(orjson.loads(stored)["id"])
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return ""
