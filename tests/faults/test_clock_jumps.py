"""Clock jumps: the clock of all services jumps by hours, forward and back, while they run.

libfaketime replaces the clock of the launcher and the services. The broker is a static binary, which it cannot reach:
its clock stays, so that the two disagree as well.
"""

import asyncio
from pathlib import Path

import pytest

from tests.faults.conftest import make_live
from tests.running_installation import running_installation

pytestmark = pytest.mark.faults

LIBRARIES = tuple(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
JUMPS = ("+3h", "-3h", "+10d", "+0")


@pytest.mark.injects("clock")
@pytest.mark.skipif(not LIBRARIES, reason="needs libfaketime: apt-get install libfaketime")
async def test_jumps_of_the_services_clock_lose_nothing(
    fault_seed: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+0\n")
    settings = {
        "LD_PRELOAD": str(LIBRARIES[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        # As in reality: the monotonic clock does not jump.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with running_installation(tmp_path / "data", OTTIT_RATE_SCALE="1000", **settings) as installation:
        live = make_live(installation, fault_seed, tmp_path, request)
        async with live.load():
            await live.until_accepted(20)
            for jump in JUMPS:
                clock.write_text(f"{jump}\n")
                await asyncio.sleep(3)
                await live.until_accepted(15)
            await live.calm()
        live.record("trials", len(JUMPS))
        await live.verify()
