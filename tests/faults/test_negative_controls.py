"""Negative controls: an installation with a defect that loses or doubles something is noticed; one without is not."""

from pathlib import Path

import pytest

from shared.security.data_keys import DataKeyStore
from shared.testing import MASTER_KEY, TestBroker
from tests.faults.check.evidence import Evidence
from tests.faults.check.judgement import QUIET_WITHIN_S, judge, read_health, violations
from tests.faults.check.stored import judge_stored
from tests.faults.fakes import FakeEncoder
from tests.faults.installation import Installation, prepare_installation
from tests.faults.load import COMMUNITY, create_community
from tests.faults.mixed_load.generator import Generator, Plan
from tests.faults.mixed_load.journal import MixedJournal, Record, read_journal
from tests.faults.waiting import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.faults]

RATE, SECONDS = 25.0, 8.0
# Defect → the service that has it, every how many opportunities it shows, and the invariant that must be violated.
CONTROLS = {
    "confirm_without_writing": ("gateway", 10, "I1"),
    "lose_signal": ("gateway", 5, "I1"),
    "append_twice": ("moderation", 10, "I3"),
    "acknowledge_without_work": ("moderation", 10, "I3"),
    "forget_vector": ("embeddings", 10, "I7"),
}


async def load(installation: Installation, seed: int) -> Record:
    """Send a short mixed load without settling: a defect may confirm what it did not store."""
    file = installation.folder / "journal.jsonl"
    journal = MixedJournal(file)
    generator = Generator(Plan(installation.url, RATE, SECONDS, seed, COMMUNITY), journal)
    await generator.prepare()
    await generator.run()
    await generator.close()
    journal.close()
    assert not generator.totals.failures
    return read_journal(file)


async def prepared(installation: Installation, service: str = "", *defect: str) -> None:
    """Start all services, one with a defect, and wait until they are ready."""
    await installation.provision()
    await create_community(installation.broker)
    if service:
        installation.start(service, defect=defect)
    installation.start()

    async def ready() -> bool:
        return (await read_health(installation.url))[0]

    await wait_until(ready, "a ready installation")


async def evidence_of(installation: Installation) -> Evidence:
    """Open connections for the checkers."""
    operator = await installation.broker.connect()
    keys = await DataKeyStore.open(operator, MASTER_KEY)
    return Evidence(installation.folder / "data", operator, keys, installation.url, FakeEncoder())


@pytest.mark.injects("control", invariants="I1 I3 I7")
@pytest.mark.parametrize("defect", CONTROLS)
async def test_a_service_that_loses_or_doubles_is_noticed(
    broker: TestBroker, tmp_path: Path, fault_seed: int, defect: str
) -> None:
    service, nth, invariant = CONTROLS[defect]
    with prepare_installation(broker, tmp_path) as installation:
        await prepared(installation, service, defect, str(nth))
        record = await load(installation, fault_seed)
        evidence = await evidence_of(installation)

        async def without_lag() -> bool:
            return not (await read_health(installation.url))[1]

        await wait_until(without_lag, "no waiting message", QUIET_WITHIN_S)
        findings, _ = await judge_stored(evidence, record, quiet=True)
        assert findings[invariant], f"{defect} was not noticed: {findings}"
        await evidence.operator.close()


@pytest.mark.injects("control", invariants="I1 I2 I3 I4 I5 I6 I7 I9 I10 I11 I12 I13 I14")
async def test_a_sound_installation_has_no_violation(broker: TestBroker, tmp_path: Path, fault_seed: int) -> None:
    with prepare_installation(broker, tmp_path) as installation:
        await prepared(installation)
        record = await load(installation, fault_seed)
        evidence = await evidence_of(installation)
        wrong = violations(await judge(evidence, record))
        assert not wrong, "\n".join(wrong[:30])
        await evidence.operator.close()
