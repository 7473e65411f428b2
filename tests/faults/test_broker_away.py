"""E06: the broker is away for seconds and minutes; everything waits, and nothing accepted is lost."""

import asyncio

import pytest

from tests.faults.load import Load
from tests.faults.observer import Observer
from tests.faults.waiting import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.faults]

LONG_AWAY_S = 600.0
# The services reconnect, and queues of several minutes are worked off.
BACK_WITHIN_S = 180.0


@pytest.mark.injects("E06", invariants="I1 I2 I3 I4 I5 I6 I7 I9 I11")
@pytest.mark.parametrize("away_s", [10.0, 180.0, LONG_AWAY_S])
async def test_a_broker_that_was_away_loses_nothing(
    observer: Observer, load: Load, away_s: float, long_faults: bool
) -> None:
    if away_s == LONG_AWAY_S and not long_faults:
        pytest.skip("ten minutes: make faults ONLY=E06 LONG=1")
    broker = observer.installation.broker
    async with load.running():
        await load.until_accepted(20)
        await asyncio.to_thread(broker.stop, kill=True)
        await wait_until(observer.is_unready, "not ready without a broker")
        await asyncio.sleep(away_s)
        await asyncio.to_thread(broker.start)
        await observer.installation.provision()
        await wait_until(observer.is_ready, "ready again", BACK_WITHIN_S)
        await load.until_accepted(20)
    await load.settle()
    await observer.wait_until_idle()
    assert await observer.violations() == []
