"""Tests that no process can append to a log that has lost facts."""

from functools import partial
from typing import Any

import pytest
from nats.aio.client import Client
from nats.errors import Error as BrokerError

from services.moderation.audit_checkpoint_publisher import AuditCheckpointPublisher
from shared.log import integrity
from shared.log.append import Log
from shared.log.integrity import REPORTERS, LogDamaged, LogIntegrity
from shared.log.provision import provision
from shared.policy.signing import SigningKey
from shared.testing import TestBroker, submitted
from tests.faults.damage import Damage, files_of, stream_folder
from tests.faults.waiting import wait_until

pytestmark = pytest.mark.broker
FACTS = 20
KEY = SigningKey(b"a" * 32)


async def grow(broker: TestBroker, *, signed: bool = False) -> None:
    """Append facts, and let an auditor sign them."""
    client = await broker.connect()
    log = Log(client)
    for _ in range(FACTS):
        await log.append(submitted(), after=0)
    if signed:
        auditor = AuditCheckpointPublisher(client, KEY, 3600.0)
        await auditor.start()
        await auditor.follower.wait_for(FACTS, 60.0)
        await auditor.close()
    await client.close()


def damage_log(broker: TestBroker, part: float, *, cut: bool) -> None:
    """Cut the log's only block file, or flip a bit of it, at a part of its length."""
    (block,) = [file for file in files_of(stream_folder(broker.folder, "EVENTS")) if file.suffix == ".blk"]
    Damage(block, int(block.stat().st_size * part), None if cut else 3).apply()


async def refusal(broker: TestBroker, user: str = "gateway") -> str:
    """Return why an append of this broker user is refused, and why it still is when the log was checked again."""
    client = await broker.connect(user)
    log = Log(client)
    with pytest.raises(LogDamaged):
        await log.append(submitted(), after=0)
    log.integrity._checked_at = -integrity.CHECK_EVERY_S  # long ago
    with pytest.raises(LogDamaged) as refused:
        await log.append(submitted(), after=0)
    await client.close()
    return refused.value.detail


@pytest.mark.parametrize(("kill", "cut"), [(True, False), (True, True), (False, True)])
async def test_a_log_that_ends_before_its_last_checkpoint_refuses_writes(
    broker: TestBroker, kill: bool, cut: bool
) -> None:
    await grow(broker, signed=True)
    broker.stop(kill=kill)
    damage_log(broker, 0.5, cut=cut)
    broker.start()
    operator = await broker.connect()
    await provision(operator)
    told = await refusal(broker)
    assert "The log is damaged" in told
    assert str(FACTS) in told
    assert "ottit restore" in told
    assert "ottit audit verify" in told
    assert "The log is damaged" in await refusal(broker, "operator")


async def test_what_one_service_finds_stops_the_writes_of_the_others(broker: TestBroker) -> None:
    await grow(broker)
    gateway, embeddings = await broker.connect("gateway"), await broker.connect("embeddings")
    finder, other = Log(gateway), Log(embeddings)
    await other.integrity.require_intact()
    await finder.integrity.report("gateway", "The log is damaged: fact 3 is missing.")
    with pytest.raises(LogDamaged, match="fact 3 is missing"):
        await finder.append(submitted(), after=0)
    await wait_until(partial(has_finding, other), "the other service knows")
    with pytest.raises(LogDamaged, match="fact 3 is missing"):
        await other.append(submitted(), after=0)


@pytest.mark.parametrize("reporter", REPORTERS)
@pytest.mark.parametrize("noise", [b"", b"\xff\x1b[2J", bytes(400_000)])
async def test_no_service_hides_what_another_has_found(broker: TestBroker, reporter: str, noise: bytes) -> None:
    finder, reader = await broker.connect(reporter), await broker.connect("embeddings")
    await LogIntegrity(finder).report(reporter, "The log is damaged: fact 3 is missing.")
    for other in (name for name in REPORTERS if name != reporter):
        client = await broker.connect(other)
        await client.jetstream().publish(f"alarms.{other}", noise, stream="ALARMS")
        await client.close()
    found = await LogIntegrity(reader).finding()
    assert "fact 3 is missing" in found
    assert found.isprintable()
    for one in (finder, reader):
        await one.close()


async def test_a_running_process_notices_a_log_that_shrinks_behind_it(broker: TestBroker) -> None:
    await grow(broker)
    log = Log(await broker.connect("gateway"))
    await log.append(submitted(), after=0)
    broker.stop(kill=True)
    damage_log(broker, 0.5, cut=False)
    broker.start()
    operator = await broker.connect()
    await provision(operator)
    await wait_until(partial(has_finding, log), "the process notices")
    with pytest.raises(LogDamaged, match=f"had facts up to {FACTS + 1}"):
        await log.append(submitted(), after=0)


async def has_finding(log: Log) -> bool:
    """Return whether the process has a finding; False while its connection is not back."""
    try:
        return bool(await log.integrity.finding())
    except (BrokerError, OSError):
        return False


async def test_facts_that_come_during_a_check_are_no_damage(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway appends while another of its requests waits for the broker's answer about the log."""
    await grow(broker)
    client = await broker.connect()
    checked, ask = LogIntegrity(client), integrity.stream_info

    async def ask_before_others_append(connection: Client, name: str, *, deleted_details: bool = False) -> Any:
        reply = await ask(connection, name, deleted_details=deleted_details)
        if name == "EVENTS":
            event = submitted()  # not through `Log`, which would ask again
            checked.note((await client.jetstream().publish(event.subject, event.encode(), stream="EVENTS")).seq)
        return reply

    await checked.finding()
    monkeypatch.setattr(integrity, "CHECK_EVERY_S", 0.0)
    monkeypatch.setattr(integrity, "stream_info", ask_before_others_append)
    try:
        assert await checked.finding() == ""
    finally:
        await client.close()
