"""Checks that a master key opens the data keys that a broker stores, before anything depends on it."""

from collections.abc import AsyncIterator, Sequence

from nats.aio.client import Client
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from shared.problems import StartRefused
from shared.security.sealing import DecryptionError, fingerprint, unwrap

STREAM, PREFIX = "KV_KEYS", "$KV.KEYS."
REMEDY = (
    "Nothing was changed. Put back the master key that belongs to these data, from `secrets.backup` "
    "(`ottit restore-secrets FILE`), from your copy of `secrets/master-key` or in OTTIT_MASTER_KEY, and start again."
)


class WrongMasterKey(StartRefused):
    """The master key does not open what is stored."""


async def check_master_key(broker: Client, masters: Sequence[bytes], where: str = "this installation") -> bool:
    """Open the oldest and the newest stored data key; return False if there is none.

    Both, because a rotation moves each key that it has wrapped to the end: without the second master key of an
    interrupted rotation only one of them opens. `where` names the data in the message.

    Raises:
        WrongMasterKey: a stored key does not open. Nothing was written.
    """
    names = " and ".join(map(fingerprint, masters))
    results = [_opens(entry, masters) async for entry in _outer_entries(broker)]
    if results and not any(results):
        raise WrongMasterKey(
            f"The master key with the fingerprint {names} does not open the texts of {where}: it is the key of another "
            f"installation, or was changed. {REMEDY}"
        )
    if not all(results):
        raise WrongMasterKey(
            f"The master key with the fingerprint {names} opens only a part of the texts of {where}: a rotation was "
            f"interrupted, and the key in `secrets/master-key.next` is missing. {REMEDY}"
        )
    return bool(results)


async def _outer_entries(broker: Client) -> AsyncIterator[RawStreamMsg]:
    """Yield the first and the last entry that is a key; an erased person leaves an entry without one."""
    stream, at, first = broker.jetstream(), 1, None
    try:
        await stream.stream_info(STREAM)  # the broker of a new installation has no such stream yet
        while first is None:
            entry = await stream.get_msg(STREAM, seq=at, subject=f"{PREFIX}>", next=True)
            first, at = (entry if _is_key(entry) else None), (entry.seq or at) + 1
        yield first
        last = await stream.get_last_msg(STREAM, f"{PREFIX}>")
    except NotFoundError:
        return
    if _is_key(last) and last.seq != first.seq:
        yield last


def _is_key(entry: RawStreamMsg) -> bool:
    return bool(entry.data) and "KV-Operation" not in (entry.headers or {})


def _opens(entry: RawStreamMsg, masters: Sequence[bytes]) -> bool:
    try:
        unwrap(masters, (entry.subject or "").removeprefix(PREFIX), entry.data or b"")
    except (DecryptionError, ValueError):
        return False
    return True
