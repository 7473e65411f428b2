"""Trials: damage a copy of a stopped broker's files, start on it, and see whether a loss is reported."""

import asyncio
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from nats.errors import Error as BrokerError

from services.gateway.dependencies import PROJECTIONS
from services.gateway.view.view import View
from services.moderation.audit_checkpoint_publisher import AuditCheckpointPublisher
from shared.log.append import Log
from shared.log.integrity import LogDamaged
from shared.log.provision import ProvisionError, provision
from shared.log.read_to_end import read_to_end
from shared.policy.signing import SigningKey, TrustedKey, TrustedKeys
from shared.testing import TestBroker, free_port, submitted
from tests.faults.damage import Damage
from tests.faults.waiting import TIMEOUT_S
from tests.replay.folding import FakeKeys

KEY = SigningKey(b"a" * 32)
TRUSTED = TrustedKeys([TrustedKey(KEY.public_key)])
NEVER_S = 3600.0
Facts = Sequence[tuple[int, str, bytes]]


@dataclass
class Outcome:
    """The result of one trial. `refused`: why writes are refused; `facts`: what can be read from the log."""

    refused: str = ""
    facts: Facts = field(default_factory=list)


@dataclass(frozen=True)
class StoppedInstallation:
    """The files of a stopped broker and of the gateway's view, and the facts that they held."""

    folder: Path
    passwords: dict[str, str]
    facts: Facts

    def copy(self, target: Path) -> "StoppedInstallation":
        """Copy all files."""
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.folder, target)
        return replace(self, folder=target)


def broker_of(folder: Path, passwords: dict[str, str]) -> TestBroker:
    """Return the broker of an installation's folder."""
    (folder / "broker").mkdir(parents=True, exist_ok=True)
    return TestBroker(folder / "broker", free_port(), passwords)


async def make_installation(
    folder: Path, passwords: dict[str, str], *, signed: int, unsigned: int, kill: bool
) -> StoppedInstallation:
    """Append facts, sign the first of them, let the gateway's view read all, and stop the broker."""
    broker = broker_of(folder, passwords)
    broker.start()
    operator, gateway = await broker.connect(), await broker.connect("gateway")
    await provision(operator)
    log = Log(gateway)
    view = View(folder / "view", gateway, FakeKeys(), PROJECTIONS, log.integrity)
    await view.start()
    for _ in range(signed):
        await log.append(submitted(), after=0)
    auditor = AuditCheckpointPublisher(operator, KEY, NEVER_S, trusted_keys=TRUSTED)
    await auditor.start()
    async with asyncio.timeout(TIMEOUT_S):
        await auditor.compared.wait()
    await auditor.follower.wait_for(signed, TIMEOUT_S)
    await auditor.close()
    for _ in range(unsigned):
        await log.append(submitted(), after=0)
    assert await view.wait_for(signed + unsigned, TIMEOUT_S)
    await view.close()
    facts = await read_facts(broker)
    for client in (operator, gateway):
        await client.close()
    broker.stop(kill=kill)
    return StoppedInstallation(folder, passwords, facts)


async def run_trial(installation: StoppedInstallation, damage: Damage) -> Outcome:
    """Damage the files, start the broker, the view and the auditor, and try to append a fact."""
    damage.apply()
    broker = broker_of(installation.folder, installation.passwords)
    try:
        broker.start()
        operator = await broker.connect()
        await provision(operator)
    except (ProvisionError, BrokerError, TimeoutError) as error:
        broker.stop(kill=True)
        return Outcome(refused=f"no start: {error}")
    gateway, moderation = await broker.connect("gateway"), await broker.connect("moderation")
    log = Log(gateway)
    view = View(installation.folder / "view", gateway, FakeKeys(), PROJECTIONS, log.integrity)
    auditor = AuditCheckpointPublisher(moderation, KEY, NEVER_S, trusted_keys=TRUSTED)
    try:
        await view.start()
        await auditor.start()
        async with asyncio.timeout(TIMEOUT_S):
            await auditor.compared.wait()
        end = (await operator.jetstream().stream_info("EVENTS")).state.last_seq
        if not auditor.damage:
            await auditor.follower.wait_for(end, 2.0)
        outcome = Outcome(facts=await read_facts(broker))
        fresh = Log(await broker.connect("embeddings"))
        try:
            await fresh.integrity.require_intact()
        except LogDamaged as refusal:
            outcome.refused = refusal.detail
        return outcome
    finally:
        await auditor.close()
        await view.close()
        for client in (operator, gateway, moderation):
            with suppress(BrokerError):
                await client.close()
        broker.stop(kill=True)


async def read_facts(broker: TestBroker) -> Facts:
    """Return sequence, subject and bytes of every fact that can be read."""
    client = await broker.connect()
    found = [
        (message.metadata.sequence.stream, message.subject, message.data)
        async for message in read_to_end(client, "EVENTS")
    ]
    await client.close()
    return found
