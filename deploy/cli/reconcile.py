"""`ottit reconcile`: compares the search index with the log.

Exit codes: 0 equal or repaired, 1 differences in a dry run, or not compared.
"""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from deploy.cli.errors import UNREACHABLE, exit_on, read_settings
from deploy.installation.admin_context import NotRunning, admin_context
from deploy.operations.index_reconciliation import NotCompared, reconcile_index
from shared.log.operator_requests import IndexReport

NOT_RUNNING = (
    "The index was not compared. {} Only the running service `embeddings` can read its index. It builds a lost one "
    "from the log by itself, and compares the index some minutes after its start."
)
MEANING = {
    "missing": "published, but not in the index",
    "extra": "in the index, but not published",
    "stale": "in the index with an earlier revision",
    "wrong": "in the index with other words, fields or another vector",
}
IDS_SHOWN = 5


def reconcile(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report differences, and repair nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare the search index with the log and repair missing, extra, outdated and wrong posts."""
    with exit_on(*UNREACHABLE, NotCompared, message="Not compared: {}"), exit_on(NotRunning, message=NOT_RUNNING):
        report = asyncio.run(_reconcile(dry_run=dry_run, quiet=as_json))
    typer.echo(report.model_dump_json(indent=2) if as_json else as_text(report))
    raise typer.Exit(1 if report.found and not report.repaired else 0)


async def _reconcile(*, dry_run: bool, quiet: bool) -> IndexReport:
    console = Console(stderr=True, highlight=False, quiet=quiet)
    async with admin_context(read_settings()) as context:
        with Status("embeddings: starting", console=console) as shown:
            return await reconcile_index(
                context.broker,
                dry_run=dry_run,
                on_progress=lambda progress: shown.update(f"embeddings: {escape(progress)}"),
            )


def as_text(report: IndexReport) -> str:
    """Return the report for people."""
    lines = [f"{report.compared:,} published posts compared: {_verdict(report)}"]
    for kind, count in report.found.items():
        lines.append(f"  {count:>7,} {kind:<8}{MEANING[kind]}: {_some(report.posts[kind], count)}")
    if report.unreadable:
        lines.append(
            f"{report.unreadable:,} posts cannot be read from the log and are not in the index. "
            "`ottit dead-letters list` may name them:"
        )
        lines += [f"  {post_id}: {why}" for post_id, why in list(report.why.items())[:IDS_SHOWN]]
    if report.found and not report.repaired:
        lines.append("Nothing was repaired. Run `ottit reconcile` without --dry-run.")
    return "\n".join(lines)


def _verdict(report: IndexReport) -> str:
    if not report.found:
        return "the index equals the log."
    total = sum(report.found.values())
    return f"{total:,} differences repaired." if report.repaired else f"{total:,} differences."


def _some(ids: tuple[str, ...], count: int) -> str:
    more = f" and {count - IDS_SHOWN:,} more" if count > IDS_SHOWN else ""
    return ", ".join(ids[:IDS_SHOWN]) + more
