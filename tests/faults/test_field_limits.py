"""Values beyond the field limits are refused by the API, and not decodable in the log."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from shared.log.events import DecodeError, Event, PostSubmitted, decode
from shared.testing import AT, TestBroker, submitted
from tests.gateway.conftest import Gateway, running_gateway

TOO_EARLY, TOO_LATE = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"


def changed(post: Event, **fields: object) -> bytes:
    return orjson.dumps(orjson.loads(post.encode()) | fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"occurred_at": TOO_EARLY},
        {"occurred_at": TOO_LATE},
        {"entity_id": "a.b"},
        {"entity_id": ">"},
        {"entity_id": "x\r\nNats-Rollup: all"},
        {"entity_id": ""},
    ],
)
def test_an_envelope_beyond_the_limits_is_not_decoded(fields: dict[str, object]) -> None:
    with pytest.raises(DecodeError):
        decode(changed(submitted(), **fields))


@pytest.mark.parametrize(
    "fields",
    [{"revision": 2**31}, {"origin": {"source_id": "x", "score": 2**60}}, {"origin": {"created_at": TOO_EARLY}}],
)
def test_a_fact_beyond_the_limits_is_not_decoded(fields: dict[str, object]) -> None:
    post = submitted()
    with pytest.raises(DecodeError):
        decode(changed(post, data=orjson.loads(post.encode())["data"] | fields))


def test_times_are_converted_to_utc_and_count_as_utc_without_a_zone() -> None:
    without = decode(changed(submitted(), occurred_at="2026-01-02T03:04:05"))
    elsewhere = decode(changed(submitted(), occurred_at="2026-01-02T05:04:05+02:00"))
    assert without.occurred_at == elsewhere.occurred_at == AT
    assert without.occurred_at.tzinfo is elsewhere.occurred_at.tzinfo is UTC


@pytest.mark.broker
async def test_an_import_row_before_the_calendar_is_refused_and_does_not_stop_the_view(
    broker: TestBroker, tmp_path: Path
) -> None:
    async with running_gateway(broker, tmp_path) as gateway:
        await gateway.community()
        await imports_old_posts(gateway)


async def imports_old_posts(gateway: Gateway) -> None:
    admin = await gateway.person("root", role="admin")
    rows = [
        {"id": "old", "community": "garden", "text": "Tomatoes", "created_at": TOO_EARLY},
        {"id": "odd", "community": "garden", "text": "Tomatoes", "created_at": "0001-01-01T00:00:00+00:00"},
    ]
    answer = (await admin.http.post("/v1/import", json={"posts": rows})).raise_for_status().json()
    assert [result["state"] for result in answer["results"]] == ["refused", "accepted"]
    stored = await gateway.dependencies.log.last("post", answer["results"][1]["post_id"])
    assert stored is not None
    assert isinstance(stored.data, PostSubmitted)
    assert stored.data.origin is not None
    assert stored.data.origin.created_at == datetime(1, 1, 1, tzinfo=UTC)
    await gateway.seen(stored.sequence)
    assert gateway.dependencies.view.failing is None
