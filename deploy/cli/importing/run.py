"""Runs an import from the first row until the last post is indexed."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from nats.aio.client import Client
from nats.errors import TimeoutError as BrokerTimeout
from rich.console import Console

from deploy.cli.importing.batches import batches
from deploy.cli.importing.journal import Journal, refused_as_json
from deploy.cli.importing.options import Options
from deploy.cli.importing.preparation import digest_of_file, import_name, stage
from deploy.cli.importing.progress_bars import ProgressBars, ReadingBar
from deploy.cli.importing.report import Report, count_outcomes, last_sequence
from deploy.cli.importing.source.rows import RefusedRow
from deploy.cli.importing.staging import Staging
from deploy.cli.importing.submitter import Submitter, make_client
from deploy.cli.importing.summary import refusals, remarks
from deploy.installation.admin_context import admin_context, import_token
from deploy.installation.settings import LauncherSettings
from deploy.local.readiness import ask_readiness
from shared.tasks import cancel_and_wait

# Each poll asks every service for its state.
POLL_S = 1.0
# Between two stages the lag is briefly 0; this many zeros in a row mean that the import is finished.
IDLE_POLLS = 2


class Import:
    """One run of an import into the gateway at `url`. `broker` is None if the gateway is on another machine."""

    def __init__(self, staging: Staging, journal: Journal, url: str, broker: Client | None, console: Console) -> None:
        self._staging = staging
        self._journal = journal
        self._url = url
        self._broker = broker
        self._progress = journal.load()
        self._rows = staging.count("SELECT count(*) FROM rows")
        self._bars = ProgressBars(self._rows, console)
        self._problem = ""

    async def run(self, submitter: Submitter) -> Report:
        """Submit the remaining rows, wait until they are indexed, and return a report.

        Raises:
            ImportRejected: the gateway rejects the import.
        """
        if self._progress.submitted:
            self._bars.print(f"Continuing after row {self._progress.submitted} of {self._rows}.")
        elif self._broker:
            self._progress.first_sequence = await last_sequence(self._broker)
        began, before = time.monotonic(), self._progress.accepted
        with self._bars:
            watching = asyncio.create_task(self._watch())
            try:
                await self._submit(submitter)
            finally:
                await cancel_and_wait(watching)
            await self._wait_until_idle()
        seconds = time.monotonic() - began
        report = Report(
            self._progress, self._progress.accepted - before, seconds, await self._outcomes(),
            tuple(remarks(self._staging)),
            tuple(refusals(chain(self._staging.refused(), self._journal.refused()))),
        )  # fmt: skip
        self._progress.finished = True
        self._journal.save(self._progress)
        return report

    async def _submit(self, submitter: Submitter) -> None:
        progress = self._progress
        for batch in batches(self._staging.in_order(progress.place)):
            began = time.monotonic()
            result = await submitter.submit(batch)
            progress.accepted += result.accepted
            progress.repeated += result.repeated
            progress.add_refused(result.refused)
            progress.level, progress.seq = batch.end.level, batch.end.seq
            progress.seconds += time.monotonic() - began
            self._journal.save(progress, result.refused)

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
        lag = {name: part.lag for name, part in readiness.parts.items() if part.ok}
        accepted = self._progress.accepted
        decided = max(0, accepted - lag.get("moderation", accepted))
        indexed = max(0, decided - lag.get("embeddings", decided))
        remaining = self._rows - self._progress.submitted
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
            return await count_outcomes(self._broker, self._staging, self._progress.first_sequence)
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
    options: Options | None = None,
    again: bool = False,
    rejects: Path | None = None,
) -> Report:
    """Import a file into the installation on this data folder, or into a remote one.

    The whole file is read before the first row is sent. `rejects`: a file for the refused rows.

    Raises:
        NotRunning: no installation runs on the data folder.
        ImportRejected: the gateway rejects the import.
        UnreadableFile: the file is damaged, or has another encoding.
        OSError: the file cannot be read.
    """
    options = options or Options()
    async with AsyncExitStack() as stack:
        if remote:
            url, token, broker = remote.url, remote.token, None
        else:
            context = await stack.enter_async_context(admin_context(settings))
            url, token, broker = context.url, "", context.broker
        journal = await _open_journal(path, settings, options, remote.url if remote else "")
        progress = journal.load()
        if again or progress.finished:
            journal.reset()
        else:
            _say_if_changed(journal, path, console)
        staging = await read_into_staging(path, options, journal.staging_file, console)
        stack.callback(staging.close)
        journal.begin(path)
        if not remote:  # only now: reading a large file may take longer than a token lives
            token = await stack.enter_async_context(import_token(context))
        client = await stack.enter_async_context(make_client(url, token))
        report = await Import(staging, journal, url, broker, console).run(Submitter(client, console.print))
        if rejects:
            write_rejects(rejects, chain(staging.refused(), journal.refused()))
        journal.delete_staging()
        return report


async def read_into_staging(path: Path, options: Options, staging_file: Path, console: Console) -> Staging:
    """Read a file with a progress bar. Raises like `stage`."""
    size = await asyncio.to_thread(lambda: path.stat().st_size)
    with ReadingBar(size, console) as bar:
        return await asyncio.to_thread(stage, path, options, staging_file, now=datetime.now(UTC), at=bar.at)


def write_rejects(path: Path, rows: Iterable[RefusedRow]) -> None:
    """Write the refused rows to a file: a line of JSON each, with the row's fields in `row`."""
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{refused_as_json(row)}\n" for row in rows)


async def _open_journal(path: Path, settings: LauncherSettings, options: Options, target: str) -> Journal:
    digest = await asyncio.to_thread(digest_of_file, path)
    return Journal(settings.data / "imports", import_name(digest, options, target))


def _say_if_changed(journal: Journal, path: Path, console: Console) -> None:
    earlier = journal.interrupted_before(path)
    if earlier and not journal.load().submitted:
        console.print(
            f"{path.name} or the options have changed since an import of it was interrupted after {earlier.submitted} "
            "rows. This import starts from the first row. Rows that were imported are recognized by their ids; those "
            "with other words now are refused.", style="yellow", soft_wrap=True,
        )  # fmt: skip
