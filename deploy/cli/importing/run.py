"""An import from the first row to the last post indexed."""

import asyncio
import time

from nats.aio.client import Client
from rich.console import Console

from deploy.cli.importing.bars import Bars
from deploy.cli.importing.batches import batches
from deploy.cli.importing.journal import Journal
from deploy.cli.importing.outcomes import last_sequence, outcomes_of
from deploy.cli.importing.report import Report
from deploy.cli.importing.source import Source
from deploy.cli.importing.submit import Submitter
from deploy.local.readiness import ask_readiness

# Each look asks every service how it is.
LOOK_EVERY_S = 1.0
# Between two stages the lag passes through 0 for a moment; this often in a row means the end.
QUIET_LOOKS = 2


class Import:
    """One run of an import into the gateway at `url`. `broker` is there on the machine where the broker runs."""

    def __init__(self, source: Source, journal: Journal, url: str, broker: Client | None, console: Console) -> None:
        self._source = source
        self._journal = journal
        self._url = url
        self._broker = broker
        self._console = console
        self._progress = journal.load()
        self._bars = Bars(source.rows, console)
        self._trouble = ""

    async def run(self, submitter: Submitter) -> Report:
        """Submit what is left, wait until all of it is indexed, tell what became of it.

        Raises:
            NotTaken: the gateway does not take it.
        """
        if self._progress.submitted:
            self._bars.say(f"Going on behind row {self._progress.submitted} of {self._source.rows}.")
        elif self._broker:
            self._progress.first_sequence = await last_sequence(self._broker)
        began, before = time.monotonic(), self._progress.accepted
        with self._bars:
            watching = asyncio.create_task(self._watch())
            try:
                await self._submit(submitter)
            finally:
                watching.cancel()
            await self._until_quiet()
        seconds = time.monotonic() - began
        accepted_now = self._progress.accepted - before
        return Report(self._progress, accepted_now, seconds, self._journal.refused_file, await self._outcomes())

    async def _submit(self, submitter: Submitter) -> None:
        progress = self._progress
        for batch in batches(self._source.lines(progress.position)):
            began = time.monotonic()
            taken = await submitter.submit(batch)
            refused = batch.refused + taken.refused
            progress.accepted += taken.accepted
            progress.repeated += taken.repeated
            progress.add_refused(refused)
            progress.line, progress.offset = batch.end.line, batch.end.offset
            progress.seconds += time.monotonic() - began
            self._journal.save(progress, refused)

    async def _watch(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _until_quiet(self) -> None:
        quiet = 0
        while quiet < QUIET_LOOKS:
            quiet = quiet + 1 if await self._look() else 0
            await asyncio.sleep(LOOK_EVERY_S / 2)

    async def _look(self) -> bool:
        """Show how far each stage is. Returns whether nothing waits and every part is well."""
        readiness = await ask_readiness(self._url)
        lag = {name: part.lag for name, part in readiness.parts.items()}
        accepted = self._progress.accepted
        decided = max(0, accepted - lag.get("moderation", accepted))
        indexed = max(0, decided - lag.get("embeddings", decided))
        to_come = self._source.rows - self._progress.submitted
        self._bars.show(self._progress.submitted, decided, indexed, pipeline_total=accepted + to_come)
        trouble = ", ".join(f"{name}: {part.why}" for name, part in readiness.parts.items() if not part.ok)
        trouble = trouble or ("" if readiness.parts else "the gateway does not answer")
        if trouble != self._trouble and (trouble or self._trouble):
            self._bars.say(trouble or "All parts are well again.")
        self._trouble = trouble
        return readiness.ready and readiness.lag == 0

    async def _outcomes(self) -> dict[str, int] | None:
        if self._broker is None:
            return None
        return await outcomes_of(self._broker, self._source, self._progress.first_sequence)
