"""`ottit import --dry-run`: reads a file as an import would, and reports what would happen. It sends nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from deploy.cli.importing.options import Options
from deploy.cli.importing.run import read_into_staging, write_rejects
from deploy.cli.importing.staging import Staging
from deploy.cli.importing.summary import created, is_empty, refusals, remarks
from deploy.cli.importing.thread_order import refuse_below
from deploy.installation.admin_context import NotRunning, admin_context
from deploy.installation.settings import LauncherSettings
from services.gateway.imports.commands import post_id_of
from shared.log.append import Log
from shared.log.events import PostSubmitted

MISSING = """SELECT DISTINCT parent FROM rows WHERE level = 0 AND parent IS NOT NULL"""


async def dry_run(
    path: Path, settings: LauncherSettings, console: Console, options: Options, rejects: Path | None
) -> list[str]:
    """Return the lines of the report. Posts that answer a missing one are looked up if the installation runs.

    Raises:
        UnreadableFile: the file is damaged, or has another encoding.
        OSError: the file cannot be read.
    """
    with TemporaryDirectory(prefix="ottit-import-") as folder:
        staging = await read_into_staging(path, options, Path(folder) / "rows", console)
        try:
            missing, checked = await _missing_parents(staging, settings)
            _refuse_orphans(staging, missing, checked=checked)
            if rejects:
                write_rejects(rejects, staging.refused())
            lines = ["Dry run: nothing was sent."]
            if is_empty(staging):
                return [*lines, "The file has no rows."]
            lines += [f"Would be imported: {created(staging)}."]
            return lines + list(remarks(staging)) + (list(refusals(staging.refused())) or ["No row would be refused."])
        finally:
            staging.close()


async def _missing_parents(staging: Staging, settings: LauncherSettings) -> tuple[list[str], bool]:
    """Return parents that are in no row and not in the installation, and whether the installation could be asked."""
    parents = [row[0] for row in staging.connection.execute(MISSING)]
    if not parents:
        return [], True
    with suppress(NotRunning):
        async with admin_context(settings) as context:
            return [parent async for parent in _unknown(context.log, parents)], True
    return parents, False


async def _unknown(log: Log, parents: list[str]) -> AsyncIterator[str]:
    for start in range(0, len(parents), 50):
        some = parents[start : start + 50]
        found = await asyncio.gather(*(log.last_by_subject(PostSubmitted.subject(post_id_of(one))) for one in some))
        for parent, fact in zip(some, found, strict=True):
            if fact is None:
                yield parent


def _refuse_orphans(staging: Staging, missing: list[str], *, checked: bool) -> None:
    where = " and not in the installation" if checked else "; the installation does not run, so it was not asked"
    with staging.transaction():
        for parent in missing:
            reason = f"its parent {parent} is in no row of the file{where}. Import the parent first"
            refuse_below(staging, parent, reason)
