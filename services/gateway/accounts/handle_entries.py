"""Stores the entry under each handle in the bucket `ACCOUNTS`, which makes handles unique."""

import logging
import re
from dataclasses import dataclass

from nats.aio.client import Client
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.messaging.bucket_entries import delete_entry

logger = logging.getLogger(__name__)
# Other entries of the bucket have keys with a dot; some of them name a user as well, who would have a second handle.
_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Admission(BaseModel):
    """The way in which a sign-up was admitted, noted with the handle: a crash must not turn it into another one.

    `waits`: for an approval. `invitation`: the id of the invitation that was used, and `invited_by` the actor who made
    it; both empty without one.
    """

    model_config = ConfigDict(frozen=True)
    waits: bool = False
    invitation: str = ""
    invited_by: str = ""


OPEN = Admission()


class HandleEntry(BaseModel):
    """A value of the bucket `ACCOUNTS`. `password`: the hash of the sign-up's; empty for users who cannot use one."""

    model_config = ConfigDict(frozen=True)
    id: str
    password: str = ""
    at: float = 0.0  # of the sign-up, in seconds since 1970; 0 in entries of older versions
    admission: Admission = OPEN


@dataclass
class HandleEntries:
    """Takes, reads and deletes handles."""

    broker: Client
    _bucket: KeyValue | None = None

    async def start(self) -> None:
        """Open the bucket `ACCOUNTS`."""
        self._bucket = await self.broker.jetstream().key_value("ACCOUNTS")

    async def take(self, handle: str, entry: HandleEntry) -> bool:
        """Store the entry of a handle. False if the handle is taken."""
        try:
            await self._opened.create(handle, entry.model_dump_json().encode())
        except KeyWrongLastSequenceError:
            return False
        return True

    async def read(self, handle: str) -> HandleEntry | None:
        """Return the entry of a handle; None if there is none, if it is damaged, or for a text that is no handle."""
        if not _KEY.fullmatch(handle):
            return None
        try:
            entry = await self._opened.get(handle)
        except KeyNotFoundError:
            return None
        try:
            return HandleEntry.model_validate_json(entry.value or b"")
        except ValidationError:
            # The sequence names the entry in the stream KV_ACCOUNTS: its key is a handle.
            logger.error(
                "stored credentials are damaged: nobody can sign in with them", extra={"revision": entry.revision}
            )
            return None

    async def delete(self, handle: str) -> None:
        """Delete the entry of a handle and overwrite its bytes."""
        await delete_entry(self.broker, self._opened, "ACCOUNTS", handle)

    @property
    def _opened(self) -> KeyValue:
        if self._bucket is None:
            raise RuntimeError("the bucket ACCOUNTS is not open")
        return self._bucket
