"""The audit detects every change to the log, and names the first fact that differs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import SecretStr

from deploy.operations.audit import newest_checkpoint, verified_checkpoint
from deploy.operations.stream_snapshot import remove_stream
from services.moderation import audit_checkpoint_publisher
from services.moderation.app import create_app
from services.moderation.audit_checkpoint_publisher import AuditCheckpointPublisher
from services.moderation.settings import Settings
from shared.audit.findings import AuditResult
from shared.audit.verification import verify_log
from shared.log.append import Log
from shared.log.audit_chain import STREAM, SUBJECT, Checkpoint, HashChain, encode_leaf_prefixes
from shared.log.provision import provision
from shared.log.read_to_end import read_to_end
from shared.log.stored_messages import BATCH
from shared.log.streams import STREAMS
from shared.policy import DEFAULT_POLICY, load_policy
from shared.policy.signing import Signed, SigningKey, TrustedKey, TrustedKeys
from shared.testing import MASTER_KEY, TestBroker, submitted
from tests.faults.fakes import FakeModel
from tests.faults.in_process import running
from tests.faults.waiting import TIMEOUT_S, wait_until

pytestmark = pytest.mark.broker
KEY, FACTS = SigningKey(b"a" * 32), 40
NEVER_S = 3600.0
TRUSTED = TrustedKeys([TrustedKey(KEY.public_key)])
Forge = Callable[[Client, list[Msg]], Awaitable[None]]


def no_progress(what: str, done: int, of: int) -> None:
    """Ignore the progress."""


async def compared(operator: Client, kept: Signed | None = None) -> AuditResult:
    pinned = verified_checkpoint(kept, TRUSTED) if kept else None
    return await verify_log(operator, TRUSTED, no_progress, pinned=pinned)


async def grown(operator: Client, facts: int = FACTS) -> None:
    log = Log(operator)
    await asyncio.gather(*(log.append(submitted(), after=0) for _ in range(facts)))


async def audited(broker: TestBroker, operator: Client, every_s: float = 0.05) -> None:
    """Run an auditor until it has signed the whole log."""
    client = await broker.connect("moderation")
    auditor = AuditCheckpointPublisher(client, KEY, every_s)
    await auditor.start()

    async def signed() -> bool:
        last = await newest_checkpoint(operator)
        end = (await operator.jetstream().stream_info("EVENTS")).state.last_seq
        return last is not None and Checkpoint.model_validate_json(last.text).sequence == end

    await wait_until(signed, "a checkpoint of the whole log")
    await auditor.close()
    await client.close()


async def rewritten(operator: Client, forge: Callable[[list[tuple[str, bytes]]], None]) -> None:
    """Recreate the log with changed facts, as an attacker with all permissions at the broker could."""
    facts = [(message.subject, message.data) async for message in read_to_end(operator, "EVENTS")]
    forge(facts)
    await remove_stream(operator, "EVENTS")
    await provision(operator)
    for subject, stored in facts:
        await operator.jetstream().publish(subject, stored)


async def test_an_unchanged_log_is_intact(broker: TestBroker) -> None:
    operator = await broker.connect()
    await grown(operator)
    await audited(broker, operator)
    await grown(operator, 3)
    await audited(broker, operator)
    verdict = await compared(operator)
    assert (verdict.intact, verdict.facts, verdict.audited) == (True, FACTS + 3, FACTS + 3)
    assert verdict.checkpoints >= 2, "a restarted auditor continues after the last checkpoint"


async def test_the_audit_names_a_changed_fact(broker: TestBroker) -> None:
    operator = await broker.connect()
    await grown(operator)
    await audited(broker, operator)

    def change(facts: list[tuple[str, bytes]]) -> None:
        facts[16] = (facts[16][0], facts[16][1].replace(b"garden", b"Garden"))

    await rewritten(operator, change)
    verdict = await compared(operator)
    assert verdict.first == 17


async def test_the_audit_names_a_deleted_fact(broker: TestBroker) -> None:
    operator = await broker.connect()
    await grown(operator)
    await audited(broker, operator)
    await rewritten(operator, lambda facts: None)
    declared = next(one for one in STREAMS if one["name"] == "EVENTS")
    facts = [(message.subject, message.data) async for message in read_to_end(operator, "EVENTS")]
    await remove_stream(operator, "EVENTS")
    await operator.jetstream().add_stream(name="EVENTS", subjects=list(declared["subjects"]), allow_direct=True)
    for subject, stored in facts:
        await operator.jetstream().publish(subject, stored)
    await operator.jsm().delete_msg("EVENTS", 9)
    verdict = await compared(operator)
    assert verdict.first == 9
    assert verdict.findings == ["Fact 9 is missing."]


async def test_a_truncated_log_is_detected_by_a_checkpoint_kept_elsewhere(
    broker: TestBroker,
) -> None:
    operator = await broker.connect()
    await grown(operator)
    await audited(broker, operator)
    kept = await newest_checkpoint(operator)
    await rewritten(operator, lambda facts: facts.__delitem__(slice(30, None)))
    assert (await compared(operator)).first == 31
    await remove_stream(operator, STREAM)
    await provision(operator)
    await audited(broker, operator)
    assert (await compared(operator)).intact, "the truncation cannot be detected from the log alone"
    verdict = await compared(operator, kept)
    assert verdict.first == 31, "the checkpoint kept elsewhere detects it"


async def test_a_checkpoint_signed_by_an_unknown_key_is_rejected(broker: TestBroker) -> None:
    operator = await broker.connect()
    await grown(operator, 1)
    (message,) = [message async for message in read_to_end(operator, "EVENTS")]
    chain = HashChain()
    leaves = list(chain.extend(1, message.subject, message.data))
    forged = Checkpoint(
        sequence=1, chain=chain.value, previous=0, leaves=encode_leaf_prefixes(leaves), at=datetime.now(UTC)
    )  # fmt: skip
    signed = SigningKey(b"b" * 32).sign(forged.model_dump_json())
    await operator.jetstream().publish(SUBJECT, signed.model_dump_json().encode())
    verdict = await compared(operator)
    assert not verdict.intact
    assert "unknown key" in verdict.findings[0]


async def test_two_auditors_write_one_chain(broker: TestBroker) -> None:
    operator = await broker.connect()
    await grown(operator, 5)
    await asyncio.gather(audited(broker, operator), audited(broker, operator))
    await grown(operator, 5)
    await asyncio.gather(audited(broker, operator), audited(broker, operator))
    verdict = await compared(operator)
    assert (verdict.intact, verdict.audited) == (True, 10)


async def test_a_long_unsigned_part_is_signed_in_several_checkpoints(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_checkpoint_publisher, "MAX_LEAVES", 8)
    operator = await broker.connect()
    await grown(operator, BATCH + 200)
    await remove_stream(operator, STREAM)
    auditor = AuditCheckpointPublisher(await broker.connect("moderation"), KEY, NEVER_S)
    await auditor.start()

    async def cannot_write() -> bool:
        return auditor.state != "ok"

    await wait_until(cannot_write, "the auditor reports that it cannot write")
    await provision(operator)

    async def signed() -> bool:
        last = await newest_checkpoint(operator)
        return last is not None and Checkpoint.model_validate_json(last.text).sequence == BATCH + 200

    await wait_until(signed, "a checkpoint of the whole log")
    stored = [Signed.model_validate_json(message.data) async for message in read_to_end(operator, STREAM)]
    checkpoints = [Checkpoint.model_validate_json(one.text) for one in stored]
    assert max(one.sequence - one.previous for one in checkpoints) <= BATCH + 8
    assert (await compared(operator)).intact
    await auditor.close()


async def test_a_stopping_service_signs_the_last_facts(
    broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folded, fold = asyncio.Event(), AuditCheckpointPublisher._fold

    async def fold_and_tell(auditor: AuditCheckpointPublisher, messages: Sequence[Msg]) -> None:
        await fold(auditor, messages)
        folded.set()

    monkeypatch.setattr(AuditCheckpointPublisher, "_fold", fold_and_tell)
    operator = await broker.connect()
    app = create_app(
        Settings(
            broker_url=broker.url,
            broker_password=SecretStr(broker.passwords["moderation"]),
            master_key=SecretStr(MASTER_KEY),
            audit_key=SecretStr(KEY.seed.hex()),
            audit_every_s=NEVER_S,
            data_dir=tmp_path,
        ),
        model=FakeModel(),
        policy=load_policy(DEFAULT_POLICY),
    )
    await grown(operator, 1)

    async with running(app), asyncio.timeout(TIMEOUT_S):
        await folded.wait()
    last = await newest_checkpoint(operator)
    assert last is not None
    assert Checkpoint.model_validate_json(last.text).sequence >= 1
