"""The numbers of the changes of credentials, as they are stored."""

from collections.abc import AsyncIterator
from typing import cast

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.security import credential_changes
from shared.security.credential_changes import generation_of, recorded_generations


@pytest.mark.parametrize(
    ("stored", "generation"),
    [
        (b'{"generation": 3}', 3),
        (b'{"generation": "4"}', 4),
        (b"{}", 0),
        (b"ada", 0),
        (b"", 0),
        (b'"ada"', 0),
        (b"[]", 0),
        (b'{"generation": null}', 0),
        (b'{"generation": "many"}', 0),
    ],
)
def test_a_damaged_entry_counts_as_the_first(stored: bytes, generation: int) -> None:
    assert generation_of(stored) == generation


async def test_every_recorded_number_is_read_and_a_damaged_one_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    async def read(broker: Client, stream: str, *, subject: str) -> AsyncIterator[Msg]:
        asked.extend((broker, stream, subject))
        for user_id, data in (("ada", b"7"), ("ben", b"x"), ("cem", b"")):
            yield Msg(broker, f"$KV.MARKS.credentials.{user_id}", data=data)

    monkeypatch.setattr(credential_changes, "read_to_end", read)
    broker = cast(Client, object())
    assert await recorded_generations(broker) == {"ada": 7, "ben": 0, "cem": 0}
    assert asked == [broker, "KV_MARKS", "$KV.MARKS.credentials.*"]
