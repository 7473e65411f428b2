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
from services.gateway.drift.store import DriftStore


class Window(StrEnum):
    """The period of the report."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def preview_report(
    window: Annotated[Window, typer.Option(help="The period. A month has the most data.")] = Window.MONTH,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare authors with and without previews, and say whether previews are worth keeping. Changes nothing."""
    folder = read_settings().data / "gateway"
    result = read(folder, window)
    if result is None:
        typer.echo(f"There is no drift data in {folder} yet. Start Ottit once: make up", err=True)
        raise typer.Exit(1)
    report, reassurance = result
    typer.echo(report.model_dump_json(indent=2) if as_json else as_text(report, reassurance))


def read(folder: Path, window: Window) -> tuple[Worth, Share] | None:
    """Return the report and the share of false reassurance from the gateway's drift file; None without one."""
    if not DriftStore.path_in(folder).exists():
        return None
    with closing(DriftStore(folder)) as store:
        now = datetime.now(UTC)
        report, distance = queries.worth(store, window.value, now), queries.drift(store, window.value, "tier", now)
        return report, distance.total.false_reassurance


def as_text(report: Worth, reassurance: Share) -> str:
    """Format the report."""
    lines = [report.says, "", f"Mode: {report.mode}. {report.window}, until {report.until:%Y-%m-%d %H:%M} UTC."]
    lines += [f"  {arm.arm:<14} {arm.people:>6} people {arm.submits:>7} submissions" for arm in report.arms]
    lines += [f"False reassurance: {_counted(reassurance)}.", ""]
    for comparison in report.comparisons:
        lines += [comparison.title, f"  {_difference(comparison)}", f"  counted: {comparison.counts}"]
    return "\n".join(lines)


def _counted(reassurance: Share) -> str:
    if reassurance.withheld:
        return "withheld, because too few people are behind it"
    return f"{reassurance.count} of {reassurance.of} previews that raised no concern"


def _difference(comparison: Comparison) -> str:
    if comparison.difference is None or comparison.low is None or comparison.high is None:
        return "not enough people in both groups"
    where = f"{comparison.difference:+.3f} ({comparison.low:+.3f} to {comparison.high:+.3f})"
    return f"difference with − without previews: {where}: {comparison.finding.replace('_', ' ')}"
