"""Judges samples of processes: memory, open files and threads must stay flat while one process runs."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.faults.processes import Usage

MIB = 2**20
MINUTE_S = 60.0
# Caches and models fill up in the first minutes of a process; only what comes after them is judged.
WARM_UP_S = 180.0
# A slope over a shorter time says more about the moment than about the process.
SHORTEST_S = 240.0
# The views keep each post: at the soak's rate about 4 posts a second of some kB each, and caches fill up.
MEMORY_PER_MINUTE = 2.5 * MIB
# The broker fills its streams in memory (spans, inference results; at most 80 MiB) for hours, below a limit of 144 MiB
# for its heap (deploy/local/process_specs.py).
BROKER_MEMORY = 200 * MIB
DESCRIPTORS_PER_MINUTE = 1.0
THREADS_PER_MINUTE = 0.5


@dataclass(frozen=True)
class Sample:
    """The resources of one process at a time (seconds of a monotonic clock)."""

    at: float
    name: str
    pid: int
    usage: Usage


@dataclass(frozen=True)
class Growth:
    """The growth of one process per minute, after its warm-up. `minutes`: the time that was judged."""

    name: str
    pid: int
    minutes: float
    memory: float
    descriptors: float
    threads: float
    largest: int

    @property
    def flat(self) -> bool:
        """True if nothing grows faster than its bound. The broker may fill its memory up to a size."""
        filling = self.name == "broker" and self.largest <= BROKER_MEMORY
        return (
            (self.memory <= MEMORY_PER_MINUTE or filling)
            and self.descriptors <= DESCRIPTORS_PER_MINUTE
            and self.threads <= THREADS_PER_MINUTE
        )


def growths(samples: Sequence[Sample]) -> list[Growth]:
    """Return the growth of each process that lived long enough to be judged."""
    by_process: defaultdict[tuple[str, int], list[Sample]] = defaultdict(list)
    for sample in samples:
        by_process[sample.name, sample.pid].append(sample)
    found = []
    for (name, pid), series in sorted(by_process.items()):
        warm = [sample for sample in series if sample.at >= series[0].at + WARM_UP_S]
        if warm and warm[-1].at - warm[0].at >= SHORTEST_S:
            found.append(_growth(name, pid, warm))
    return found


def _growth(name: str, pid: int, series: Sequence[Sample]) -> Growth:
    minutes = np.array([sample.at for sample in series]) / MINUTE_S
    memory, descriptors, threads = (
        float(np.polyfit(minutes, [float(getattr(sample.usage, field)) for sample in series], 1)[0])
        for field in ("memory", "descriptors", "threads")
    )
    largest = max(sample.usage.memory for sample in series)
    return Growth(name, pid, float(minutes[-1] - minutes[0]), memory, descriptors, threads, largest)
