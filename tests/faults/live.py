"""A real installation under a mixed load, into which a test injects faults, and the verdict of all checkers."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import httpx

from tests.faults import processes
from tests.faults.check.evidence import open_evidence
from tests.faults.check.judgement import checked, judge, read_health, violations
from tests.faults.effect_invariants import HealthSample
from tests.faults.mixed_load.__main__ import sign_in
from tests.faults.mixed_load.generator import Generator, Plan
from tests.faults.mixed_load.journal import MixedJournal, read_journal
from tests.faults.mixed_load.people import Person
from tests.faults.waiting import wait_until
from tests.running_installation import RunningInstallation

COMMUNITY, MODERATOR, PASSWORD = "garden", "first-moderator", "a long pass phrase"
# A healthy installation comes back within this time after any fault, on two busy cores.
HEALS_WITHIN_S = 180.0
SETTLES_WITHIN_S = 300.0
SAMPLE_EVERY_S = 0.5
# Shorter than any pause, so that a paused gateway is seen while it is paused.
SILENT_AFTER_S = 10.0
SHOWN_VIOLATIONS = 30
# Longer than any test: the test stops the load.
ENDLESS_S = 36_000.0


@dataclass
class Live:
    """An installation under load. `seed` fixes the load."""

    installation: RunningInstallation
    seed: int
    folder: Path
    rate: float = 8.0
    record: Callable[[str, object], None] = lambda name, value: None
    samples: list[HealthSample] = field(default_factory=list)
    traces_after: float = field(default_factory=time.time)
    _generator: Generator | None = None

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.installation.data

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.folder / f"journal-{self.seed}.jsonl"

    @property
    def accepted(self) -> int:
        """The number of writes that the load has been told are stored."""
        return self._generator.accepted if self._generator else 0

    @asynccontextmanager
    async def load(self, *, settle: bool = True) -> AsyncIterator[None]:
        """Send the load during the block, then settle every unknown outcome, if it can be."""
        journal = MixedJournal(self.journal)
        journal.record_run(seed=self.seed, rate=self.rate)
        moderator = await ensure_moderator(self.installation, journal)
        prefix = f"l{int(time.time()) % 10**6}"
        plan = Plan(self.installation.url, self.rate, ENDLESS_S, self.seed, COMMUNITY, handle_prefix=prefix)
        generator = self._generator = Generator(plan, journal, [moderator])
        await generator.prepare()
        load, sampling = asyncio.create_task(generator.run()), asyncio.create_task(self._sample())
        try:
            yield
        finally:
            generator.stop()
            await load
            if settle:
                await generator.settle(read_journal(self.journal), SETTLES_WITHIN_S)
            sampling.cancel()
            await generator.close()
            journal.close()
        assert not generator.totals.failures, generator.totals.failures

    async def until_accepted(self, more: int, within_s: float = HEALS_WITHIN_S) -> None:
        """Wait until this many more writes have been accepted."""
        wanted = self.accepted + more

        async def enough() -> bool:
            return self.accepted >= wanted

        await wait_until(enough, f"{more} more accepted writes", within_s)

    async def until_ready(self, within_s: float = HEALS_WITHIN_S) -> None:
        """Wait until `/readyz` is green."""

        async def ready() -> bool:
            return (await read_health(self.installation.url))[0]

        await wait_until(ready, "a ready installation", within_s)

    async def until_unready(self, within_s: float = HEALS_WITHIN_S) -> str:
        """Wait until `/readyz` is not green. Returns its last answer in words."""
        words = ""

        async def unready() -> bool:
            nonlocal words
            ready, _, words = await read_health(self.installation.url)
            return not ready

        await wait_until(unready, "readiness turns red", within_s)
        return words

    async def calm(self, writes: int = 25) -> None:
        """Wait until the installation is ready and has accepted more writes, whose traces are judged too."""
        await self.until_ready()
        self.traces_after = time.time()
        await self.until_accepted(writes)

    async def violations(self) -> list[str]:
        """Return the violations of every invariant once the installation is quiet."""
        async with open_evidence(self.data, self.installation.url) as evidence:
            findings = await judge(evidence, read_journal(self.journal), self.traces_after)
        self.record("invariants", " ".join(checked(findings)))
        return violations(findings)

    async def verify(self) -> None:
        """Check every invariant once the installation is quiet."""
        wrong = await self.violations()
        assert not wrong, "\n".join([f"{len(wrong)} violations", *wrong[:SHOWN_VIOLATIONS]])

    def pid(self, name: str) -> int:
        """Return the process id of a part."""
        return self.installation.state.pid if name == "launcher" else processes.pids(self.data)[name]

    async def until_running(self, name: str, other_than: int = 0) -> int:
        """Wait until a part has a process, another one than `other_than`. Returns its id."""

        async def runs() -> bool:
            with suppress(FileNotFoundError):
                return processes.pids(self.data).get(name, 0) not in (0, other_than)
            return False

        await wait_until(runs, f"{name} has a process", HEALS_WITHIN_S)
        return processes.pids(self.data)[name]

    async def _sample(self) -> None:
        while True:
            ready, lag, _ = await read_health(self.installation.url, SILENT_AFTER_S)
            self.samples.append(HealthSample(time.monotonic(), ready, lag))
            await asyncio.sleep(SAMPLE_EVERY_S)


async def ensure_moderator(installation: RunningInstallation, journal: MixedJournal) -> Person:
    """Sign an administrator in, and create that account and the community if they are not there."""
    arguments = ("admin", "create", MODERATOR, "--password-stdin")
    await asyncio.to_thread(installation.ottit, *arguments, stdin=f"{PASSWORD}\n")  # fails harmlessly if it exists
    found: Person | None = None

    async def ready_to_moderate() -> bool:
        nonlocal found
        found = found or await sign_in(installation.url, MODERATOR, PASSWORD, journal)
        if found is None:
            return False
        with suppress(httpx.TransportError):
            wanted = {"name": COMMUNITY, "title": "Garden"}
            answer = await found.http.post("/v1/communities", json=wanted)
            return answer.status_code in (HTTPStatus.CREATED, HTTPStatus.CONFLICT)
        return False

    await wait_until(ready_to_moderate, "a moderator and a community")
    assert found is not None
    return found
