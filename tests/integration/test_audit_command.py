"""Tests that `ottit audit verify` says one sentence for each finding, and never prints a traceback."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.errors import NoServersError
from typer.testing import CliRunner

from deploy.cli import audit
from deploy.installation.secret_files import Secrets
from deploy.installation.secret_forms import read_seed
from deploy.installation.signing_keys import AUDIT_PUBLIC_KEYS, AUDIT_SIGNING_KEY, create_audit_key
from deploy.operations.broker_on_demand import Connection
from deploy.operations.stream_snapshot import remove_stream
from services.moderation.audit_checkpoint_publisher import AuditCheckpointPublisher
from shared.audit.verification import verify_log
from shared.log.append import Log
from shared.log.audit_chain import STREAM, SUBJECT
from shared.log.integrity import LogIntegrity
from shared.policy.signing import SigningKey, TrustedKey, TrustedKeys
from shared.testing import AT, TestBroker, submitted
from tests.faults.damage import Damage, files_of, stream_folder
from tests.faults.waiting import TIMEOUT_S

pytestmark = pytest.mark.broker
FACTS = 9
Break = Callable[[TestBroker, Client, Path], Awaitable[None]]


async def sign_all(broker: TestBroker, key: SigningKey) -> None:
    """Append facts and let an auditor sign them."""
    client = await broker.connect()
    log = Log(client)
    last = 0
    for _ in range(FACTS):
        last = (await log.append(submitted(), after=0)).sequence
    auditor = AuditCheckpointPublisher(client, key, 3600.0)
    await auditor.start()
    async with asyncio.timeout(TIMEOUT_S):
        await auditor.compared.wait()
    assert await auditor.follower.wait_for(last, TIMEOUT_S)
    await auditor.close()
    await client.close()


async def put(operator: Client, stored: bytes) -> None:
    await operator.jetstream().publish(SUBJECT, stored, stream=STREAM)


async def break_json(broker: TestBroker, operator: Client, folder: Path) -> None:
    await put(operator, b"{broken")


async def forge(broker: TestBroker, operator: Client, folder: Path) -> None:
    signed = SigningKey(b"f" * 32).sign('{"sequence": 1}')
    await put(operator, signed.model_dump_json().encode())


async def spoil_signature(broker: TestBroker, operator: Client, folder: Path) -> None:
    stored = await operator.jetstream().get_last_msg(STREAM, SUBJECT)
    await put(operator, (stored.data or b"").replace(b'\\"at\\"', b'\\"aT\\"'))


async def lose_checkpoints(broker: TestBroker, operator: Client, folder: Path) -> None:
    await remove_stream(operator, STREAM)


async def lose_the_log(broker: TestBroker, operator: Client, folder: Path) -> None:
    await remove_stream(operator, "EVENTS")


async def cut_the_log(broker: TestBroker, operator: Client, folder: Path) -> None:
    broker.stop(kill=True)
    (block,) = [file for file in files_of(stream_folder(broker.folder, "EVENTS")) if file.suffix == ".blk"]
    Damage(block, block.stat().st_size * 2 // 3, None).apply()
    broker.start()


async def flip_the_log(broker: TestBroker, operator: Client, folder: Path) -> None:
    broker.stop()
    (block,) = [file for file in files_of(stream_folder(broker.folder, "EVENTS")) if file.suffix == ".blk"]
    Damage(block, block.stat().st_size // 2, 2).apply()
    broker.start()


async def lose_a_key(broker: TestBroker, operator: Client, folder: Path) -> None:
    (folder / AUDIT_PUBLIC_KEYS).unlink()


async def break_the_keys(broker: TestBroker, operator: Client, folder: Path) -> None:
    (folder / AUDIT_PUBLIC_KEYS).write_text("[broken")


async def stop_the_broker(broker: TestBroker, operator: Client, folder: Path) -> None:
    broker.stop()


def checkpoint_text(**changed: object) -> str:
    """Return the text of a checkpoint after the first nine facts, with some fields changed."""
    fields = {"sequence": FACTS + 1, "chain": "00" * 32, "previous": FACTS, "leaves": "AAAAAAAAAAA=", "at": str(AT)}
    return json.dumps(fields | changed)


POISON: dict[str, Callable[[SigningKey], bytes]] = {
    "empty": lambda _: b"",
    "no UTF-8": lambda _: b"\xff\xfe\x00",
    "deep": lambda _: b"[" * 100_000,
    "no object": lambda _: b'"text"',
    "no text": lambda key: key.sign("{").model_dump_json().encode(),
    "infinite": lambda key: key.sign('{"sequence": 1e999}').model_dump_json().encode(),
    "deep text": lambda key: key.sign("[" * 100_000).model_dump_json().encode(),
    "huge sequence": lambda key: key.sign(checkpoint_text(sequence=10**15)).model_dump_json().encode(),
    "beyond the log": lambda key: key.sign(checkpoint_text(sequence=10**6)).model_dump_json().encode(),
    "sequence beyond 64 bits": lambda key: key.sign(checkpoint_text(sequence=10**30)).model_dump_json().encode(),
    "negative": lambda key: key.sign(checkpoint_text(sequence=-5, previous=-9)).model_dump_json().encode(),
    "previous after": lambda key: key.sign(checkpoint_text(previous=FACTS + 7)).model_dump_json().encode(),
    "chain no hex": lambda key: key.sign(checkpoint_text(chain="zz")).model_dump_json().encode(),
    "chain short": lambda key: key.sign(checkpoint_text(chain="00")).model_dump_json().encode(),
    "leaves no base64": lambda key: key.sign(checkpoint_text(leaves="é")).model_dump_json().encode(),
    "too few leaves": lambda key: key.sign(checkpoint_text(leaves="")).model_dump_json().encode(),
    "surrogate": lambda key: b'{"key_id": "\\ud800", "signature": "", "text": ""}',
}


async def test_poison_between_checkpoints_is_a_finding_and_the_rest_is_verified(broker: TestBroker) -> None:
    key = SigningKey(b"k" * 32)
    await sign_all(broker, key)
    operator = await broker.connect()
    for make in POISON.values():
        await put(operator, make(key))
    integrity = LogIntegrity(operator)
    assert await integrity.finding() == ""
    log = Log(operator)
    last = (await log.append(submitted(), after=0)).sequence
    trusted = TrustedKeys([TrustedKey(key.public_key)])
    auditor = AuditCheckpointPublisher(operator, key, 3600.0, trusted_keys=trusted)
    await auditor.start()
    async with asyncio.timeout(TIMEOUT_S):
        await auditor.compared.wait()
    assert auditor.damage == ""
    assert await auditor.follower.wait_for(last, TIMEOUT_S)
    await auditor.close()
    async with asyncio.timeout(TIMEOUT_S):
        result = await verify_log(operator, trusted, lambda *_: None)
    assert (result.facts, result.audited, result.log_findings) == (FACTS + 1, FACTS + 1, [])
    named = [line.split(" ")[1] for line in result.checkpoint_problems]
    assert named == [str(number) for number in range(2, 2 + len(POISON))], result.checkpoint_problems
    await operator.close()


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (break_json, "Checkpoint 2 cannot be read."),
        (forge, "Checkpoint 2 is signed with the unknown key"),
        (spoil_signature, "Checkpoint 2 is"),
        (lose_checkpoints, "The stream AUDIT with the checkpoints does not exist."),
        (lose_the_log, "The log (stream EVENTS) cannot be read: stream not found."),
        (cut_the_log, f"Facts 7 to {FACTS} are missing."),
        (flip_the_log, "Fact 5 is missing."),
        (lose_a_key, AUDIT_PUBLIC_KEYS),
        (break_the_keys, AUDIT_PUBLIC_KEYS),
        (stop_the_broker, "The log could not be verified: "),
    ],
)
async def test_every_damage_is_one_sentence(
    broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Break, expected: str
) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    create_audit_key(folder)
    await sign_all(broker, SigningKey(bytes.fromhex(read_seed(folder / AUDIT_SIGNING_KEY))))
    operator = await broker.connect()
    await damage(broker, operator, folder)
    await operator.close()

    @asynccontextmanager
    async def connection(settings: object) -> AsyncIterator[Connection]:
        if broker.process is None:
            raise NoServersError
        client = await broker.connect()
        try:
            yield Connection(client, Secrets("", {}), folder, running=True)
        finally:
            await client.close()

    monkeypatch.setattr(audit, "open_connection", connection)
    result = await asyncio.to_thread(CliRunner().invoke, audit.audit, ["verify"])
    assert result.exit_code == 1
    assert expected in result.output, result.output
    assert len(result.output.strip().splitlines()) <= 2, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
