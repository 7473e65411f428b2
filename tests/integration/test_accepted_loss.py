"""Tests of `ottit audit accept`: a damaged log without a backup becomes usable again, knowingly."""

import asyncio
import json
from pathlib import Path

import pytest

from deploy.operations.audit import accept_log
from services.gateway.dependencies import PROJECTIONS
from services.gateway.view.view import View
from services.moderation.audit_checkpoint_publisher import AuditCheckpointPublisher
from shared.audit.verification import verify_log
from shared.log.append import Log
from shared.log.provision import provision
from shared.policy.signing import SigningKey, TrustedKey, TrustedKeys
from shared.security.permissions import SERVICES
from shared.testing import TestBroker, submitted
from tests.faults.damage import Damage, files_of, stream_folder
from tests.faults.damaged_copies import broker_of, make_installation
from tests.faults.waiting import TIMEOUT_S
from tests.replay.folding import FakeKeys

pytestmark = pytest.mark.broker
KEY = SigningKey(b"a" * 32)
TRUSTED = TrustedKeys([TrustedKey(KEY.public_key)])


def no_progress(what: str, done: int, of: int) -> None:
    """Ignore the progress."""


async def audit(broker: TestBroker) -> AuditCheckpointPublisher:
    """Run an auditor until it has compared the log and signed it."""
    client = await broker.connect("moderation")
    auditor = AuditCheckpointPublisher(client, KEY, 3600.0, trusted_keys=TRUSTED)
    await auditor.start()
    async with asyncio.timeout(TIMEOUT_S):
        await auditor.compared.wait()
    await auditor.close()
    await client.close()
    return auditor


@pytest.mark.parametrize(("kill", "cut"), [(True, True), (False, True), (True, False)])
async def test_an_accepted_loss_stops_nothing_and_views_are_built_again(tmp_path: Path, kill: bool, cut: bool) -> None:
    passwords = {name: f"p{name}" for name in ("operator", *SERVICES)}
    stopped = await make_installation(tmp_path / "whole", passwords, signed=20, unsigned=4, kill=kill)
    broker = broker_of(stopped.folder, passwords)
    (block,) = [file for file in files_of(stream_folder(broker.folder, "EVENTS")) if file.suffix == ".blk"]
    Damage(block, block.stat().st_size // 2, None if cut else 1).apply()
    broker.start()
    try:
        operator = await broker.connect()
        await provision(operator)
        assert (await audit(broker)).damage
        done = await accept_log(operator, tmp_path)
        assert len(json.loads(done.old_checkpoints.read_text())) == 1
        await operator.close()
        broker.stop()
        broker.start()
        operator, gateway = await broker.connect(), await broker.connect("gateway")
        await provision(operator)
        assert not (await audit(broker)).damage
        log = Log(gateway)
        view = View(stopped.folder / "view", gateway, FakeKeys(), PROJECTIONS, log.integrity)
        await view.start()
        post = await log.append(submitted(), after=0)
        assert await view.wait_for(post.sequence, TIMEOUT_S)
        await view.close()
        await audit(broker)
        assert (await verify_log(operator, TRUSTED, no_progress)).findings == []
    finally:
        broker.stop(kill=True)
