"""Tests of snapshots through the API."""

import base64
import struct
from uuid import UUID

import numpy as np
import orjson
import pytest
from httpx import AsyncClient

from shared.messaging.requests import PackedVectors, PackVectors
from tests.faults.waiting import flush_to_broker
from tests.gateway.conftest import Gateway
from tests.gateway.test_posts_on_broker import publish

pytestmark = pytest.mark.broker


class Read:
    """A snapshot as a device reads it."""

    def __init__(self, content: bytes) -> None:
        (length,) = struct.unpack_from("<I", content, 4)
        self.head = orjson.loads(content[8 : 8 + length])
        rows, begin = self.head["rows"], 8 + length
        self.sizes = np.frombuffer(content, "<f4", rows, begin + 8 * rows)
        ids = begin + (8 + 4 + 2) * rows + 4 * (rows + 1)
        gone = ids + rows * (16 + self.head["dimensions"])
        self.ids = [str(UUID(bytes=content[ids + 16 * row : ids + 16 * row + 16])) for row in range(rows)]
        self.gone = {
            str(UUID(bytes=content[gone + 16 * row : gone + 16 * row + 16])) for row in range(self.head["gone"])
        }


async def pack(http: AsyncClient, **query: object) -> Read:
    answer = await http.get("/v1/device/pack", params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    return Read(answer.content)


@pytest.fixture
async def known(gateway: Gateway) -> set[str]:
    """A fake of embeddings: the posts in this set have a vector."""
    ids: set[str] = set()
    broker = await gateway.broker.connect("embeddings")

    async def answer(message: object) -> None:
        asked = PackVectors.model_validate_json(message.data)  # type: ignore[attr-defined]
        found = [post_id for post_id in asked.post_ids if post_id in ids]
        steps = base64.b64encode(bytes([1, 2]) * len(found)).decode()
        sizes = (0.5,) * len(found)
        reply = PackedVectors(vectors="kind", dimensions=2, known=tuple(found), sizes=sizes, steps=steps)
        await message.respond(reply.model_dump_json().encode())  # type: ignore[attr-defined]

    await broker.subscribe(PackVectors.subject(), cb=answer)
    await flush_to_broker(broker)
    return ids


async def published(gateway: Gateway, handle: str, **fields: object) -> str:
    person = await gateway.person(handle)
    post_id: str = (await person.submit(**fields)).json()["id"]
    await publish(gateway, post_id)
    return post_id


async def test_a_snapshot_holds_only_published_posts(gateway: Gateway, known: set[str]) -> None:
    shown = await published(gateway, "ada")
    ben = await gateway.person("ben")
    pending = (await ben.submit()).json()["id"]
    held = (await ben.submit()).json()["id"]
    await publish(gateway, held, outcome="held")
    comment = (await ben.submit(parent_id=shown, title="")).json()["id"]
    await publish(gateway, comment)
    known.add(shown)
    found = await pack(gateway.visitor())
    assert found.ids == [shown]
    assert not {pending, held, comment} & set(found.ids)
    assert found.head["whole"]
    assert (found.head["vectors"], list(found.sizes)) == ("kind", [0.5])


async def test_an_update_holds_new_and_removed_posts(gateway: Gateway, known: set[str]) -> None:
    first = await published(gateway, "ada")
    known.add(first)
    before = await pack(gateway.visitor())
    ben = await gateway.person("ben")
    second = (await ben.submit()).json()["id"]
    await publish(gateway, second)
    known.add(second)
    await publish(gateway, first, outcome="rejected")  # a moderator takes it down
    since = await pack(gateway.visitor(), since=before.head["until"])
    assert not since.head["whole"]
    assert (since.ids, since.gone) == ([second], {first})
    after = await pack(gateway.visitor(), since=since.head["until"])
    assert (after.ids, after.gone) == ([], set())


async def test_a_post_with_a_late_vector_is_sent_again_with_it(gateway: Gateway, known: set[str]) -> None:
    post_id = await published(gateway, "ada")
    early = await pack(gateway.visitor())
    assert list(early.sizes) == [0.0]
    known.add(post_id)
    later = await pack(gateway.visitor(), since=early.head["until"])
    assert (later.ids, list(later.sizes)) == ([post_id], [0.5])


async def test_without_embeddings_titles_are_sent_and_requested_again(gateway: Gateway) -> None:
    post_id = await published(gateway, "ada")
    found = await pack(gateway.visitor())
    assert (found.ids, list(found.sizes)) == ([post_id], [0.0])
    assert found.head["until"].endswith("-0")


async def test_another_log_or_a_future_sequence_gives_a_whole_snapshot(gateway: Gateway, known: set[str]) -> None:
    known.add(await published(gateway, "ada"))
    log = (await pack(gateway.visitor())).head["until"].partition("-")[0]
    assert (await pack(gateway.visitor(), since="00000000-1")).head["whole"]
    assert (await pack(gateway.visitor(), since=f"{log}-999999")).head["whole"]


async def test_a_snapshot_without_vectors_has_none(gateway: Gateway, known: set[str]) -> None:
    known.add(await published(gateway, "ada"))
    found = await pack(gateway.visitor(), vectors="false")
    assert (found.head["dimensions"], found.head["vectors"], len(found.ids)) == (0, "", 1)
