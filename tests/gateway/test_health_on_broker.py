"""Tests of the health routes and of logged errors."""

import asyncio
import os
import signal
from datetime import datetime, timedelta, tzinfo

import orjson
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as BrokerTimeout

from services.gateway.operations import readiness
from services.gateway.operations.readiness import NO_BROKER
from services.gateway.operations.schemas import Ready
from shared.log import integrity
from shared.log.operator_requests import readiness_subject, request_one
from shared.log.provision import provision
from shared.log.streams import STREAMS
from shared.messaging import closed_connection
from shared.messaging.requests import Health, health_subject
from shared.telemetry import disk_space
from shared.testing import TestBroker
from tests.faults.waiting import TIMEOUT_S, flush_to_broker, wait_until
from tests.gateway.conftest import PASSWORD, Gateway

pytestmark = pytest.mark.broker


async def parts_of(gateway: Gateway) -> dict[str, dict[str, object]]:
    answer = await gateway.visitor().get("/readyz")
    assert answer.status_code == 503, answer.text
    found: dict[str, dict[str, object]] = answer.json()["parts"]
    return found


async def details(gateway: Gateway) -> Ready:
    """Ask for the same report as the operator."""
    reply = await request_one(await gateway.operator(), readiness_subject("gateway"))
    assert reply
    return Ready.model_validate_json(reply)


async def test_a_broker_that_does_not_report_its_health_is_no_failure(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(broker: Client) -> str:
        raise OSError("nats://127.0.0.1:1 does not answer")

    monkeypatch.setattr(readiness, "reported_problem", silent)
    for part in ((await parts_of(gateway))["broker"], (await details(gateway)).parts["broker"].model_dump()):
        assert (part["state"], part["note"]) == ("ok", "it does not report its own health")


async def test_a_silent_service_is_named_and_the_gateway_is_ready(gateway: Gateway) -> None:
    await gateway.dependencies.view.until_caught_up(5)
    parts = await parts_of(gateway)
    assert (parts["broker"]["state"], parts["gateway"]["state"]) == ("ok", "ok")
    assert str(parts["ranking"]["state"]).startswith("does not answer")


async def test_an_undecodable_answer_counts_as_no_answer(gateway: Gateway, broker: TestBroker) -> None:
    ranking = await broker.connect("ranking")

    async def babble(message: Msg) -> None:
        await message.respond(b"{")

    await ranking.subscribe(health_subject("ranking"), cb=babble)
    await flush_to_broker(ranking)
    assert (await parts_of(gateway))["ranking"]["state"] == "does not answer (ValidationError)"
    await ranking.close()


async def test_a_silent_broker_is_reported_and_reads_still_work(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent() -> dict[str, int]:
        raise BrokerTimeout

    await gateway.dependencies.view.until_caught_up(TIMEOUT_S)
    monkeypatch.setattr(gateway.dependencies.view, "lag", silent)
    part = (await parts_of(gateway))["gateway"]
    assert (part["state"], part["note"]) == ("ok", "broker: does not answer (TimeoutError)")


async def test_a_paused_broker_is_named_and_the_services_are_unknown(gateway: Gateway, broker: TestBroker) -> None:
    await gateway.dependencies.view.until_caught_up(TIMEOUT_S)
    assert broker.process
    broker.process.send_signal(signal.SIGSTOP)
    # The signal is sent, but the broker may still answer for a moment.
    await asyncio.to_thread(os.waitid, os.P_PID, broker.process.pid, os.WSTOPPED | os.WNOWAIT)
    try:
        parts = await parts_of(gateway)
    finally:
        broker.process.send_signal(signal.SIGCONT)
    assert "no answer within" in str(parts["broker"]["state"])
    assert {parts[name]["state"] for name in ("moderation", "embeddings", "ranking")} == {NO_BROKER}


async def test_a_changed_stream_is_named_with_the_command_that_mends_it(gateway: Gateway, broker: TestBroker) -> None:
    operator = await broker.connect()
    declared = next(one for one in STREAMS if one["name"] == "EVENTS")
    changed = orjson.dumps(declared | {"max_msg_size": 64})
    assert b"error" not in (await operator.request("$JS.API.STREAM.UPDATE.EVENTS", changed)).data
    try:
        state = str((await parts_of(gateway))["broker"]["state"])
    finally:
        await provision(operator)
    assert state == "EVENTS.max_msg_size is 64, declared 524288: run `ottit provision`"
    assert (await parts_of(gateway))["broker"]["state"] == "ok"
    await operator.close()


async def test_every_replica_is_asked_and_one_that_is_gone_is_named(gateway: Gateway, broker: TestBroker) -> None:
    services = [await broker.connect("ranking") for _ in range(2)]
    for number, service in enumerate(services):
        health = Health(ready=number == 0, replica=f"host:{number}", parts={"view": "ok" if number == 0 else "behind"})

        async def answer(message: Msg, health: Health = health) -> None:
            await message.respond(health.model_dump_json().encode())

        await service.subscribe(health_subject("ranking"), cb=answer)
        await flush_to_broker(service)
    assert (await parts_of(gateway))["ranking"]["state"] == "a replica: view: behind"
    assert (await details(gateway)).parts["ranking"].state == "replica host:1: view: behind"
    await services[1].close()

    async def named() -> bool:
        part = (await details(gateway)).parts["ranking"]
        return (part.state, part.note) == ("ok", "replica host:1 no longer answers")

    await wait_until(named, "the name of the replica that is gone")
    await services[0].close()


async def test_a_full_disk_is_reported_and_refuses_writes_but_not_reads(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await gateway.person("ada")
    monkeypatch.setattr(disk_space, "CHECK_EVERY_S", 0.0)
    disk = gateway.dependencies.readiness.disk
    monkeypatch.setattr(disk, "_reserve", 2**60)
    refused = await ada.submit()
    assert (refused.status_code, refused.json()["code"]) == (507, "storage_full")
    assert (await ada.http.get("/v1/communities")).is_success
    assert "MiB are free on the disk of" in str((await parts_of(gateway))["disk"]["state"])
    monkeypatch.setattr(disk, "_reserve", 0)
    assert (await ada.submit()).is_success


async def test_a_damaged_log_is_reported_and_stops_writes_but_not_reads(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    accepted = (await ada.submit()).json()
    await gateway.seen(accepted["sequence"])
    await gateway.dependencies.log.integrity.report("gateway", "The log is damaged: fact 3 is missing.")
    for refused in (
        await ada.submit(),
        await ada.http.put(f"/v1/posts/{accepted['id']}/vote", json={"value": 1}),
        await gateway.visitor().post("/v1/accounts", json={"handle": "bob", "password": PASSWORD}),
        await ada.http.request("DELETE", "/v1/me", json={"password": PASSWORD}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (503, "log_damaged"), refused.text
        assert "fact 3 is missing" in refused.json()["detail"]
    part = (await parts_of(gateway))["gateway"]
    assert str(part["state"]).startswith("log: The log is damaged: fact 3 is missing.")
    assert "ottit restore" in str(part["state"])
    assert (await ada.http.get(f"/v1/posts/{accepted['id']}")).status_code == 200
    signed_in = await gateway.visitor().post("/v1/sessions", json={"handle": "ada", "password": PASSWORD})
    assert signed_in.is_success, signed_in.text


async def test_a_clock_that_was_set_back_is_a_note(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    await gateway.dependencies.view.until_caught_up(TIMEOUT_S)
    await gateway.person("ada")

    class SetBack(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "SetBack":
            return super().now(tz) - timedelta(minutes=10)

    monkeypatch.setattr(integrity, "datetime", SetBack)

    async def noted() -> bool:
        part = (await parts_of(gateway))["gateway"]
        return part["state"] == "ok" and "clock: this machine's clock is" in str(part["note"])

    await wait_until(noted, "a note about the clock")


async def test_a_failed_request_is_logged_with_route_and_reason(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await gateway.visitor().get("/v1/search", params={"q": "tomatoes"})
    assert answer.status_code == 503
    (line,) = [vars(record) for record in caplog.records if record.levelname == "ERROR"]
    assert (line["path"], line["code"], line["why"]) == (
        "/v1/search",
        "service_unavailable",
        "The service embeddings does not answer.",
    )


async def test_a_gateway_that_the_broker_has_cut_off_for_good_ends(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ended = asyncio.Event()
    monkeypatch.setattr(closed_connection, "terminate", ended.set)
    await gateway.dependencies.broker.publish("x" * 5000)  # the broker's limit is 4096
    async with asyncio.timeout(TIMEOUT_S):
        await ended.wait()
    assert "the broker has ended the connection for good" in caplog.text
