"""The check of the master key against stored data keys, over a bucket in memory."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from nats.aio.client import Client
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from shared.security.master_key_check import REMEDY, WrongMasterKey, check_master_key
from shared.security.sealing import fingerprint, wrap

MASTER, OTHER, THIRD = b"m" * 32, b"o" * 32, b"t" * 32


@dataclass
class FakeBroker:
    """The bucket's stream in memory; None: the broker has no such stream yet."""

    entries: list[RawStreamMsg] | None = field(default_factory=list)

    def jetstream(self) -> "FakeBroker":
        """Return this fake."""
        return self

    async def stream_info(self, name: str) -> None:
        """Raise if there is no such stream."""
        if self.entries is None or name != "KV_KEYS":
            raise NotFoundError

    async def get_msg(self, name: str, *, seq: int, subject: str, next: bool) -> RawStreamMsg:
        """Return the first entry from a sequence on."""
        assert (name, subject, next) == ("KV_KEYS", "$KV.KEYS.>", True)
        return self._found([entry for entry in self.entries or [] if (entry.seq or 0) >= seq], 0)

    async def get_last_msg(self, name: str, subject: str) -> RawStreamMsg:
        """Return the last entry."""
        assert (name, subject) == ("KV_KEYS", "$KV.KEYS.>")
        return self._found(self.entries or [], -1)

    def _found(self, entries: list[RawStreamMsg], at: int) -> RawStreamMsg:
        if not entries:
            raise NotFoundError
        return entries[at]


def key(sequence: int, master: bytes, user_id: str = "ada") -> RawStreamMsg:
    """Return the entry of a data key, wrapped with this master key."""
    return RawStreamMsg(subject=f"$KV.KEYS.{user_id}", seq=sequence, data=wrap(master, user_id, b"k" * 32))


def erased(sequence: int, **fields: Any) -> RawStreamMsg:
    """Return the entry that an erased user leaves."""
    return RawStreamMsg(subject="$KV.KEYS.gone", seq=sequence, **(fields or {"headers": {"KV-Operation": "PURGE"}}))


async def check(entries: list[RawStreamMsg] | None, *masters: bytes, **where: str) -> bool:
    """Check master keys against these entries."""
    return await check_master_key(cast(Client, FakeBroker(entries)), masters or (MASTER,), **where)


@pytest.mark.parametrize("entries", [None, [], [erased(3)], [erased(3), erased(5)]])
async def test_without_a_stored_key_any_master_key_will_do(entries: list[RawStreamMsg] | None) -> None:
    assert await check(entries) is False


@pytest.mark.parametrize(
    "entries",
    [
        [key(1, MASTER)],
        [key(1, MASTER), key(2, MASTER, "ben")],
        [erased(1), erased(2, data=b""), key(3, MASTER), key(7, MASTER, "ben"), erased(8)],
        [erased(1), erased(2, data=b"x", headers={"KV-Operation": "DEL"}), key(3, MASTER)],
        [erased(5), key(6, MASTER), key(7, OTHER, "ben"), key(8, MASTER, "cem")],
    ],
)
async def test_a_master_key_that_opens_the_first_and_the_last_key_fits(entries: list[RawStreamMsg]) -> None:
    assert await check(entries) is True


async def test_only_the_first_and_the_last_key_are_opened() -> None:
    assert await check([key(1, MASTER), key(2, OTHER, "ben"), key(3, MASTER, "cem")]) is True


@pytest.mark.parametrize(
    "entries", [[key(1, OTHER)], [key(1, OTHER), key(2, OTHER, "ben")], [erased(1), key(4, OTHER)]]
)
async def test_a_master_key_of_another_installation_is_named_by_its_fingerprint(entries: list[RawStreamMsg]) -> None:
    with pytest.raises(WrongMasterKey) as refused:
        await check(entries, MASTER, THIRD)
    assert str(refused.value) == (
        f"The master key with the fingerprint {fingerprint(MASTER)} and {fingerprint(THIRD)} does not open the texts "
        f"of this installation: it is the key of another installation, or was changed. {REMEDY}"
    )


@pytest.mark.parametrize("entries", [[key(1, MASTER), key(2, OTHER, "ben")], [key(1, OTHER), key(2, MASTER, "ben")]])
async def test_half_of_an_interrupted_rotation_is_told_apart(entries: list[RawStreamMsg]) -> None:
    with pytest.raises(WrongMasterKey) as refused:
        await check(entries, where="the backup")
    assert str(refused.value) == (
        f"The master key with the fingerprint {fingerprint(MASTER)} opens only a part of the texts of the backup: "
        f"a rotation was interrupted, and the key in `secrets/master-key.next` is missing. {REMEDY}"
    )
    assert await check(entries, MASTER, OTHER) is True


@pytest.mark.parametrize("data", [b"short", b"x" * 60])
async def test_a_damaged_key_does_not_open(data: bytes) -> None:
    with pytest.raises(WrongMasterKey, match="does not open"):
        await check([RawStreamMsg(subject="$KV.KEYS.ada", seq=1, data=data)])
