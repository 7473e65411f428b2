"""`ottit worth`: reports whether previews help authors, and how often previews are wrong."""

from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.errors import read_settings
from services.gateway.drift import queries
from services.gateway.drift.schemas import Comparison, Share, Worth
from services.gateway.drift.store import Store


class Window(StrEnum):
    """How far back."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def preview_report(
    window: Annotated[Window, typer.Option(help="How far back: people say more in a month.")] = Window.MONTH,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON object.")] = False,
) -> None:
    """Compare people with previews and without, and say plainly whether to keep them. It only reads."""
    folder = read_settings().data / "gateway"
    report = read(folder, window)
    if report is None:
        typer.echo(f"There is no drift view below {folder} yet. Start the house once: make up", err=True)
        raise typer.Exit(1)
    found, reassurance = report
    typer.echo(found.model_dump_json(indent=2) if as_json else as_text(found, reassurance))


def read(folder: Path, window: Window) -> tuple[Worth, Share] | None:
    """The report and the share of false reassurance, from the file that the gateway keeps; None without one."""
    if not Store.path_in(folder).exists():
        return None
    with closing(Store(folder)) as store:
        now = datetime.now(UTC)
        found, distance = queries.worth(store, window.value, now), queries.drift(store, window.value, "tier", now)
        return found, distance.total.false_reassurance


def as_text(found: Worth, reassurance: Share) -> str:
    """The report as lines."""
    lines = [found.says, "", f"Mode: {found.mode}. {found.window}, until {found.until:%Y-%m-%d %H:%M} UTC."]
    lines += [f"  {arm.arm:<14} {arm.people:>6} people {arm.submits:>7} submissions" for arm in found.arms]
    lines += [f"False reassurance: {reassurance.count} of {reassurance.of} previews that said fine.", ""]
    for comparison in found.comparisons:
        lines += [comparison.title, f"  {_difference(comparison)}", f"  counted: {comparison.counts}"]
    return "\n".join(lines)


def _difference(comparison: Comparison) -> str:
    if comparison.difference is None or comparison.low is None or comparison.high is None:
        return "not enough people on both sides"
    where = f"{comparison.difference:+.3f} ({comparison.low:+.3f} to {comparison.high:+.3f})"
    return f"with previews less without: {where}: {comparison.finding.replace('_', ' ')}"
