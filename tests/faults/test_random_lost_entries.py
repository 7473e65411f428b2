"""Damages random files of the buckets with keys and credentials: no user who loses an entry goes unnoticed."""

from pathlib import Path
from random import Random

import pytest

from deploy.operations.people_file import collect_people
from shared.log.provision import provision
from shared.testing import AT, TestBroker
from tests.faults.damage import files_of, random_damage, stream_folder
from tests.faults.waiting import TIMEOUT_S
from tests.gateway.conftest import running_gateway

pytestmark = [pytest.mark.broker, pytest.mark.faults]
SEEDS = 6


@pytest.mark.parametrize("kill", [False, True], ids=["clean stop", "killed"])
@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_lost_entry_is_never_silent(broker: TestBroker, tmp_path: Path, seed: int, kill: bool) -> None:
    random = Random(seed)
    async with running_gateway(broker, tmp_path) as gateway:
        for number in range(5):
            await gateway.person(f"person-{number}")
        operator = await gateway.operator()
        before = await collect_people(operator, AT)
        await operator.close()
    broker.stop(kill=kill)
    files = [file for name in ("KV_KEYS", "KV_ACCOUNTS") for file in files_of(stream_folder(broker.folder, name))]
    blocks = [file for file in files if file.suffix == ".blk"]
    damage = random_damage(random.choice(blocks * 4 + files), random)
    damage.apply()
    told = f"{damage.file.relative_to(broker.folder)} at {damage.at}, bit {damage.bit}"
    try:
        broker.start()
    except TimeoutError:
        return  # it does not open its port, which the launcher reports
    operator = await broker.connect()
    await provision(operator)
    after = await collect_people(operator, AT)
    await operator.close()
    async with running_gateway(broker, tmp_path) as gateway:
        await gateway.dependencies.view.until_caught_up(TIMEOUT_S)
        await gateway.dependencies.lost.check()
        finding = gateway.dependencies.lost.finding
        print(f"{told}: {finding or 'nothing lost'}")
        assert bool(finding) == ((before.keys, before.accounts) != (after.keys, after.accounts)), told
