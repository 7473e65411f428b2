"""`ottit import` and `ottit demo`: posts from a file."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console

from deploy.cli.errors import read_settings
from deploy.cli.importing.dry_run import dry_run as report_dry_run
from deploy.cli.importing.options import Options
from deploy.cli.importing.run import RemoteGateway, import_file
from deploy.cli.importing.source.opened_file import UnreadableFile
from deploy.cli.importing.submitter import ImportRejected
from deploy.installation.admin_context import OPERATOR_ID, NotRunning, admin_context
from deploy.installation.settings import ROOT, LauncherSettings
from services.gateway.communities.commands import CommunityCommands
from shared.problems import Conflict

DEMO = ROOT / "deploy" / "demo"


class Preset(StrEnum):
    """The formats of other sites."""

    ottit = "ottit"
    reddit = "reddit"
    hn = "hn"
    stackexchange = "stackexchange"
    discourse = "discourse"
    lemmy = "lemmy"


def import_command(
    file: Annotated[
        Path,
        typer.Argument(help="JSON Lines, JSON, CSV or XML; also .gz, .zst, .bz2 or .xz.", exists=True, dir_okay=False),
    ],
    url: Annotated[str, typer.Option(help="A gateway on another machine. Needs --token.")] = "",
    token: Annotated[str, typer.Option(envvar="OTTIT_TOKEN", help="A token with the scope import_posts.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Start from the first row, even if an earlier import was interrupted.")
    ] = False,
    format_: Annotated[
        Preset | None,
        typer.Option("--format", help="The site's format. Without it, rows are recognized by their fields."),
    ] = None,
    html: Annotated[
        bool | None,
        typer.Option("--html/--no-html", help="Texts are HTML, or are not. The default depends on the format."),
    ] = None,
    community: Annotated[str, typer.Option(help="Put all posts into this community.")] = "",
    site: Annotated[str, typer.Option(help="Keeps ids and authors apart from those of other sites.")] = "",
    encoding: Annotated[str, typer.Option(help="The file's encoding, such as latin-1, if it is not UTF-8.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report what would happen. Sends nothing.")] = False,
    rejects: Annotated[Path | None, typer.Option(help="Write refused rows to this file.", dir_okay=False)] = None,
) -> None:
    """Import posts: rows with id, community, text; also title, url, author, created_at, score, parent_id.

    Dumps of Reddit, Hacker News, Stack Exchange, Discourse and Lemmy are recognized: see docs/importing.md. You can
    interrupt it at any time: the same command continues where it stopped.
    """
    if bool(url) != bool(token) and not dry_run:
        raise typer.BadParameter("--url and --token go together")
    console = Console(highlight=False)
    options = Options(format_.value if format_ else None, html, community or None, site or None, encoding or None)
    with exit_on_import_errors(console):
        if dry_run:
            lines = asyncio.run(report_dry_run(file, read_settings(), console, options, rejects))
        else:
            remote = RemoteGateway(url.rstrip("/"), token) if url else None
            lines = asyncio.run(
                import_file(file, read_settings(), console, remote, options=options, again=again, rejects=rejects)
            ).lines()
    print_report(lines, console)
    if rejects:
        console.print(f"Refused rows: {rejects}", soft_wrap=True)


@contextmanager
def exit_on_import_errors(console: Console) -> Iterator[None]:
    """Exit with code 1 and the reason if an import fails, and with 130 on Ctrl-C."""
    try:
        yield
    except (NotRunning, ImportRejected, UnreadableFile) as reason:
        console.print(str(reason), markup=False, style="red", soft_wrap=True)
        raise typer.Exit(1) from reason
    except OSError as error:
        console.print(f"Cannot read the file: {error}", style="red", soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as interrupt:
        console.print("Interrupted. Submitted posts are still processed; the same command continues.", soft_wrap=True)
        raise typer.Exit(130) from interrupt


def print_report(lines: list[str], console: Console) -> None:
    """Print the final report."""
    console.print()
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)


def demo() -> None:
    """Add about 60 posts in 8 communities. Running it twice changes nothing."""
    console = Console(highlight=False)
    settings = read_settings()
    with exit_on_import_errors(console), TemporaryDirectory() as folder:
        asyncio.run(_create_communities(settings))
        file = Path(folder) / "posts.jsonl"
        file.write_text("".join(f"{json.dumps(row)}\n" for row in demo_rows(datetime.now(UTC))), encoding="utf-8")
        report = asyncio.run(import_file(file, settings, console))
    print_report(report.lines(), console)


def demo_rows(now: datetime) -> Iterator[dict[str, Any]]:
    """Yield import rows that are `hours_ago` old: a feed with only new posts would not look real."""
    for line in (DEMO / "posts.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield row | {"created_at": (now - timedelta(hours=row.pop("hours_ago"))).isoformat()}


async def _create_communities(settings: LauncherSettings) -> None:
    async with admin_context(settings) as context:
        communities = CommunityCommands(context.log)
        for line in (DEMO / "communities.jsonl").read_text().splitlines():
            row = json.loads(line)
            with suppress(Conflict):  # it exists already
                await communities.create(row["name"], row["title"], row["guideline"], OPERATOR_ID)
