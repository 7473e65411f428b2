"""E27: services of an earlier commit and of this one work on the same log.

They are exchanged one by one under load, exchanged back, as when an upgrade is undone, and exchanged again.
"""

import subprocess
from pathlib import Path

import pytest

from shared.testing import TestBroker
from tests.faults.check.judgement import judge, read_health, violations
from tests.faults.installation import ROOT, SERVICES, prepare_installation
from tests.faults.load import COMMUNITY, create_community
from tests.faults.mixed_load.generator import Generator, Plan
from tests.faults.mixed_load.journal import MixedJournal, read_journal
from tests.faults.test_negative_controls import evidence_of
from tests.faults.waiting import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.faults]

# The oldest commit whose services this one's broker permissions allow: since then they name each bucket and consumer.
EARLIER = "c5c67830ee9eec759a5cc7c364de21074dedfac8"
RATE, SECONDS = 15.0, 5.0


def earlier_tree(folder: Path) -> Path:
    """Unpack the earlier commit, or skip where the history has none."""
    archive = subprocess.run(["git", "archive", EARLIER], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip("needs a checkout with history")
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    return folder


@pytest.mark.injects("E27", invariants="I1 I2 I3 I4 I5 I6 I7 I9 I10 I11")
async def test_services_are_exchanged_for_newer_ones_and_back_under_load(
    broker: TestBroker, tmp_path: Path, fault_seed: int
) -> None:
    old = earlier_tree(tmp_path / "earlier")
    file = tmp_path / "journal.jsonl"
    with prepare_installation(broker, tmp_path) as installation:
        await installation.provision()
        await create_community(broker)
        installation.tree = old
        installation.start()

        async def ready() -> bool:
            return (await read_health(installation.url))[0]

        await wait_until(ready, "a ready installation of the earlier commit")
        journal = MixedJournal(file)
        generator = Generator(Plan(installation.url, RATE, SECONDS, fault_seed, COMMUNITY), journal)
        await generator.prepare()
        await generator.run()
        for tree, age in ((ROOT, "new"), (old, "old again"), (ROOT, "new again")):
            installation.tree = tree
            for service in SERVICES:
                installation.stop(service)
                installation.start(service)
                await wait_until(ready, f"a ready installation with a {service} that is {age}")
                await generator.run()
        await generator.settle(read_journal(file), 60)
        await generator.close()
        journal.close()
        evidence = await evidence_of(installation)
        wrong = violations(await judge(evidence, read_journal(file), traces_after=2**40))
        assert not wrong, "\n".join(wrong[:30])
        await evidence.operator.close()
