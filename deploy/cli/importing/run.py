"""Runs an import from the first row until the last post is indexed."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from nats.aio.client import Client
from nats.errors import TimeoutError as BrokerTimeout
from rich.console import Console

from deploy.cli.importing.journal import Journal
from deploy.cli.importing.progress_bars import ProgressBars
from deploy.cli.importing.report import Report, count_outcomes, last_sequence
from deploy.cli.importing.source import Source, batches
from deploy.cli.importing.submitter import Submitter, make_client
from deploy.installation.admin_context import admin_context, import_token
from deploy.installation.settings import LauncherSettings
from deploy.local.readiness import ask_readiness

# Each poll asks every service for its state.
POLL_S = 1.0
# Between two stages the lag is briefly 0; this many zeros in a row mean that the import is finished.
IDLE_POLLS = 2


class Import:
    """One run of an import into the gateway at `url`. `broker` is None if the gateway is on another machine."""

    def __init__(self, source: Source, journal: Journal, url: str, broker: Client | None, console: Console) -> None:
        self._source = source
        self._journal = journal
        self._url = url
        self._broker = broker
        self._console = console
        self._progress = journal.load()
        self._bars = ProgressBars(source.rows, console)
        self._problem = ""

    async def run(self, submitter: Submitter) -> Report:
        """Submit the remaining rows, wait until they are indexed, and return a report.

        Raises:
            ImportRejected: the gateway rejects the import.
        """
        if self._progress.submitted:
            self._bars.print(f"Continuing after row {self._progress.submitted} of {self._source.rows}.")
        elif self._broker:
            self._progress.first_sequence = await last_sequence(self._broker)
        began, before = time.monotonic(), self._progress.accepted
        with self._bars:
            watching = asyncio.create_task(self._watch())
            try:
                await self._submit(submitter)
            finally:
                watching.cancel()
            await self._wait_until_idle()
        seconds = time.monotonic() - began
        accepted_now = self._progress.accepted - before
        return Report(self._progress, accepted_now, seconds, self._journal.refused_file, await self._outcomes())

    async def _submit(self, submitter: Submitter) -> None:
        progress = self._progress
        for batch in batches(self._source.lines(progress.position)):
            began = time.monotonic()
            result = await submitter.submit(batch)
            refused = batch.refused + result.refused
            progress.accepted += result.accepted
            progress.repeated += result.repeated
            progress.add_refused(refused)
            progress.line, progress.offset = batch.end.line, batch.end.offset
            progress.seconds += time.monotonic() - began
            self._journal.save(progress, refused)

    async def _watch(self) -> None:
        while True:
            await self._poll()
            await asyncio.sleep(POLL_S)

    async def _wait_until_idle(self) -> None:
        idle = 0
        while idle < IDLE_POLLS:
            idle = idle + 1 if await self._poll() else 0
            await asyncio.sleep(POLL_S / 2)

    async def _poll(self) -> bool:
        """Update the progress. Return True if no message waits and every service is ready."""
        readiness = await ask_readiness(self._url)
        lag = {name: part.lag for name, part in readiness.parts.items()}
        accepted = self._progress.accepted
        decided = max(0, accepted - lag.get("moderation", accepted))
        indexed = max(0, decided - lag.get("embeddings", decided))
        remaining = self._source.rows - self._progress.submitted
        self._bars.show(self._progress.submitted, decided, indexed, pipeline_total=accepted + remaining)
        problem = ", ".join(f"{name}: {part.reason}" for name, part in readiness.parts.items() if not part.ok)
        problem = problem or ("" if readiness.parts else "the gateway does not answer")
        if problem != self._problem and (problem or self._problem):
            self._bars.print(problem or "All services are ready again.")
        self._problem = problem
        return readiness.ready and readiness.lag == 0

    async def _outcomes(self) -> dict[str, int] | None:
        if self._broker is None:
            return None
        try:
            return await count_outcomes(self._broker, self._source, self._progress.first_sequence)
        except BrokerTimeout:
            return None


@dataclass(frozen=True)
class RemoteGateway:
    """A gateway on another machine, and a token with the scope `import_posts`."""

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
        NotRunning: no installation runs on the data folder.
        ImportRejected: the gateway rejects the import.
        OSError, EOFError: the file cannot be read.
    """
    source = await asyncio.to_thread(Source, path)
    journal = Journal(settings.data / "imports", _journal_name(source, remote))
    if again:
        journal.reset()
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
    """Return the journal's name: one journal for each file and installation."""
    return f"{source.sha256}-{sha256(remote.url.encode()).hexdigest()[:8]}" if remote else source.sha256
