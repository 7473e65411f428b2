"""`python -m tests.faults.soak`: a mixed load with random faults for many minutes, and a report in docs/soak.md."""

import argparse
import asyncio
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from shared.tasks import cancel_and_wait
from tests.faults import processes
from tests.faults.live import Live
from tests.faults.soak.growth import Sample, growths
from tests.faults.soak.report import PAGE, Soak, render
from tests.faults.soak.schedule import inject
from tests.running_installation import running_installation

SAMPLE_EVERY_S = 5.0
MINUTE_S = 60


def options() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description="Mixed load with random faults.")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=8.0, help="operations per second (default 8)")
    parser.add_argument("--seed", type=int, default=None, help="default: a random one")
    return parser.parse_args()


async def soak(live: Live, minutes: float) -> Soak:
    """Run the load and the faults, and return what was seen."""
    samples: list[Sample] = []
    injected: Counter[str] = Counter()
    failures: list[str] = []
    began = time.monotonic()
    try:
        async with live.load():
            watching = asyncio.create_task(watch(live, samples))
            faults = asyncio.create_task(inject(live, random.Random(live.seed), injected))
            await asyncio.wait([faults], timeout=minutes * MINUTE_S)
            if faults.done():
                faults.result()  # a part did not recover
            await cancel_and_wait(faults)
            await live.calm()
            await cancel_and_wait(watching)
    except (AssertionError, TimeoutError) as error:  # what was seen so far belongs into the report
        failures.append(f"I9: {type(error).__name__}: {error}")
    lasted = (time.monotonic() - began) / MINUTE_S
    unready = sum(not sample.ready for sample in live.samples) / max(1, len(live.samples))
    lags = [sample.lag for sample in live.samples]
    return Soak(
        live.seed, live.rate, lasted, live.accepted, injected, growths(samples), len(samples), unready, max(lags),
        lags[-1], [*failures, *await live.violations()],
    )  # fmt: skip


async def watch(live: Live, samples: list[Sample]) -> None:
    """Sample the resources of every process until the task is cancelled."""
    while True:
        for name, pid in processes.pids(live.data).items():
            if found := processes.usage(pid):
                samples.append(Sample(time.monotonic(), name, pid, found))
        with suppress(FileNotFoundError):
            launcher = live.pid("launcher")
            if found := processes.usage(launcher):
                samples.append(Sample(time.monotonic(), "launcher", launcher, found))
        await asyncio.sleep(SAMPLE_EVERY_S)


def main(chosen: argparse.Namespace) -> int:
    """Run the soak and write the report. Returns the exit code."""
    seed = secrets.randbelow(10**6) if chosen.seed is None else chosen.seed
    print(f"Seed {seed}, {chosen.minutes:g} minutes at {chosen.rate:g} operations/s", flush=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with running_installation(folder / "data", OTTIT_RATE_SCALE="1000") as installation:
            result = asyncio.run(soak(Live(installation, seed, folder, chosen.rate), chosen.minutes))
    text = render(result)
    PAGE.write_text(text, encoding="utf-8")
    print(text)
    return 0 if result.holds else 1


if __name__ == "__main__":
    sys.exit(main(options()))
