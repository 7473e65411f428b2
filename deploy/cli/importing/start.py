"""Beginning an import: the file, its journal, and the right to submit."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from rich.console import Console

from deploy.cli.importing.journal import Journal
from deploy.cli.importing.report import Report
from deploy.cli.importing.run import Import
from deploy.cli.importing.source import Source
from deploy.cli.importing.submit import Submitter, make_client
from deploy.cli.operator import import_token, operator
from deploy.local.settings import LauncherSettings


@dataclass(frozen=True)
class Remote:
    """A gateway elsewhere, and a token of its with the scope `import_posts`."""

    url: str
    token: str


async def import_file(
    path: Path, settings: LauncherSettings, console: Console, remote: Remote | None = None, *, again: bool = False
) -> Report:
    """Import a file into the installation on this data folder, or into a remote one.

    Raises:
        NothingRuns: no installation runs on the data folder.
        NotTaken: the gateway does not take the import.
        OSError, EOFError: the file cannot be read.
    """
    source = await asyncio.to_thread(Source, path)
    journal = Journal(settings.data / "imports", _name(source, remote))
    if again:
        journal.forget()
    async with AsyncExitStack() as stack:
        if remote:
            url, token, broker = remote.url, remote.token, None
        else:
            hands = await stack.enter_async_context(operator(settings))
            token = await stack.enter_async_context(import_token(hands))
            url, broker = hands.url, hands.broker
        client = await stack.enter_async_context(make_client(url, token))
        return await Import(source, journal, url, broker, console).run(Submitter(client, console.print))


def _name(source: Source, remote: Remote | None) -> str:
    """The journal's: one for each file and installation."""
    return f"{source.sha256}-{sha256(remote.url.encode()).hexdigest()[:8]}" if remote else source.sha256
