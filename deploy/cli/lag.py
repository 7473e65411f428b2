"""`ottit lag`: what waits, and for how long. Exit codes: 0 every service answers, 1 one does not, 2 usage."""

import asyncio
import json
from typing import Annotated, Any

import typer
from nats.js.errors import NotFoundError

from deploy.cli.endings import UNREACHABLE, ending
from deploy.cli.operator import operator
from deploy.cli.settings import read_settings
from deploy.operations.lag import report


def lag(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show what waits for each durable and how far each view is behind."""
    missing = "A durable consumer is missing: ottit provision"
    with ending(*UNREACHABLE), ending(NotFoundError, words=missing):
        found = asyncio.run(_report())
    typer.echo(json.dumps(found, indent=2) if as_json else "\n".join(_lines(found)))
    raise typer.Exit(0 if all(found["views"].values()) else 1)


async def _report() -> dict[str, Any]:
    async with operator(read_settings()) as hands:
        return await report(hands.broker)


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [f"{'durable':<26}{'waiting':>9}{'in flight':>11}{'again':>7}{'oldest':>10}"]
    lines += [
        f"{one['durable']:<26}{one['waiting']:>9}{one['in_flight']:>11}{one['again']:>7}{one['oldest_s']:>8.1f} s"
        for one in found["durables"]
    ]
    lines += ["", f"{'view':<26}{'EVENTS':>9}{'SIGNALS':>11}   replica"]
    for service, replicas in found["views"].items():
        lines += [_view_line(service, state) for state in replicas] or [f"{service:<26}does not answer"]
    return lines


def _view_line(service: str, state: dict[str, Any]) -> str:
    behind = "".join(f"{state['lag'].get(name, '-'):>{width}}" for name, width in (("EVENTS", 9), ("SIGNALS", 11)))
    notes = [note for note in (state["state"] if state["state"] != "ok" else "", state["building"]) if note]
    told = f"  {'; '.join(notes)}" if notes else ""
    return f"{service + ' ' + state['view']:<26}{behind}   {state['replica']}{told}"
