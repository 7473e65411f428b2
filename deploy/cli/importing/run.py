"""Runs an import from the first row until the last post is indexed."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from nats.aio.client import Client
from rich.console import Console

from deploy.cli.importing.journal import Journal
from deploy.cli.importing.report import ProgressBars, Report, count_outcomes, last_sequence
from deploy.cli.importing.source import Source, batches
from deploy.cli.importing.submitter import Submitter, make_client
from deploy.installation.admin_context import admin_context, import_token
from deploy.installation.settings import LauncherSettings
from deploy.local.readiness import ask_readiness

# Each look asks every service how it is.
POLL_S = 1.0
# Between two stages the lag passes through 0 for a moment; this often in a row means the end.
IDLE_POLLS = 2


class Import:
    """One run of an import into the gateway at `url`. `broker` is there on the machine where the broker runs."""

    def __init__(self, source: Source, journal: Journal, url: str, broker: Client | None, console: Console) -> None:
        self._source = source
        self._journal = journal
        self._url = url
        self._broker = broker
        self._console = console
        self._progress = journal.load()
        self._bars = ProgressBars(source.rows, console)
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
            await asyncio.sleep(POLL_S)

    async def _until_quiet(self) -> None:
        quiet = 0
        while quiet < IDLE_POLLS:
            quiet = quiet + 1 if await self._look() else 0
            await asyncio.sleep(POLL_S / 2)

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
        return await count_outcomes(self._broker, self._source, self._progress.first_sequence)


@dataclass(frozen=True)
class RemoteGateway:
    """A gateway elsewhere, and a token of its with the scope `import_posts`."""

    url: str
    token: str


async def import_file(
    path: Path,
    settings: LauncherSettings,
    console: Console,
    remote: RemoteGateway | None = None,
    *,
    again: bool = False,
) -> Report:
    """Import a file into the installation on this data folder, or into a remote one.

    Raises:
        NothingRuns: no installation runs on the data folder.
        NotTaken: the gateway does not take the import.
        OSError, EOFError: the file cannot be read.
    """
    source = await asyncio.to_thread(Source, path)
    journal = Journal(settings.data / "imports", _journal_name(source, remote))
    if again:
        journal.forget()
    async with AsyncExitStack() as stack:
        if remote:
            url, token, broker = remote.url, remote.token, None
        else:
            context = await stack.enter_async_context(admin_context(settings))
            token = await stack.enter_async_context(import_token(context))
            url, broker = context.url, context.broker
        client = await stack.enter_async_context(make_client(url, token))
        return await Import(source, journal, url, broker, console).run(Submitter(client, console.print))


def _journal_name(source: Source, remote: RemoteGateway | None) -> str:
    """The journal's: one for each file and installation."""
    return f"{source.sha256}-{sha256(remote.url.encode()).hexdigest()[:8]}" if remote else source.sha256
