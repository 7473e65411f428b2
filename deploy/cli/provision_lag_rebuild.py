"""`ottit provision`, `ottit lag` and `ottit rebuild`: streams, consumers and views."""

import asyncio
import json
from enum import StrEnum
from typing import Annotated, Any

import typer
from nats.js.errors import NotFoundError
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from deploy.cli.errors import UNREACHABLE, exit_on, read_settings
from deploy.installation.admin_context import admin_context
from deploy.operations.lag_and_rebuild import NoReplicaAnswers, lag_report
from deploy.operations.lag_and_rebuild import rebuild_views as build
from shared.log.operator_requests import RebuildReply
from shared.log.provision import OperatorSettings, ProvisionError
from shared.log.provision import provision as apply


def provision() -> None:
    """Create or update streams, buckets and consumers on the running broker. `ottit up` does this automatically."""
    with exit_on(*UNREACHABLE, ProvisionError):
        done = asyncio.run(_provision())
    typer.echo("\n".join(done or ["Nothing to do: everything is up to date."]))


async def _provision() -> list[str]:
    async with admin_context(read_settings()) as context:
        return await apply(context.broker, OperatorSettings().replicas)


def lag(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show waiting messages per durable and the lag of each view. Exit code 1 if a service does not answer."""
    missing = "A durable consumer is missing. Create it with `ottit provision`."
    with exit_on(*UNREACHABLE), exit_on(NotFoundError, message=missing):
        report = asyncio.run(_lag_report())
    typer.echo(json.dumps(report, indent=2) if as_json else "\n".join(_lag_lines(report)))
    raise typer.Exit(0 if all(report["views"].values()) else 1)


async def _lag_report() -> dict[str, Any]:
    async with admin_context(read_settings()) as context:
        return await lag_report(context.broker)


def _lag_lines(report: dict[str, Any]) -> list[str]:
    lines = [f"{'durable':<26}{'waiting':>9}{'in flight':>11}{'again':>7}{'oldest':>10}"]
    lines += [
        f"{row['durable']:<26}{row['waiting']:>9}{row['in_flight']:>11}{row['again']:>7}{row['oldest_s']:>8.1f} s"
        for row in report["durables"]
    ]
    lines += ["", f"{'view':<26}{'EVENTS':>9}{'SIGNALS':>11}   replica"]
    for service, replicas in report["views"].items():
        lines += [_view_line(service, state) for state in replicas] or [f"{service:<26}does not answer"]
    return lines


def _view_line(service: str, state: dict[str, Any]) -> str:
    behind = "".join(f"{state['lag'].get(name, '-'):>{width}}" for name, width in (("EVENTS", 9), ("SIGNALS", 11)))
    notes = [note for note in (state["state"] if state["state"] != "ok" else "", state["building"]) if note]
    suffix = f"  {'; '.join(notes)}" if notes else ""
    return f"{service + ' ' + state['view']:<26}{behind}   {state['replica']}{suffix}"


class Service(StrEnum):
    """The services that have a view."""

    GATEWAY = "gateway"
    EMBEDDINGS = "embeddings"
    RANKING = "ranking"


def rebuild(
    service: Annotated[Service, typer.Argument(help="The service. Each of its replicas rebuilds its own view.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Rebuild a view from the log. The current view stays in use until the new one has caught up."""
    with exit_on(*UNREACHABLE, NoReplicaAnswers):
        answers = asyncio.run(_rebuild(service.value, quiet=as_json))
    if as_json:
        typer.echo(json.dumps([answer.model_dump() for answer in answers], indent=2))
    else:
        typer.echo("\n".join(f"{answer.replica}: {answer.refused or 'rebuilt'}" for answer in answers))
    raise typer.Exit(1 if any(answer.refused for answer in answers) else 0)


async def _rebuild(service: str, *, quiet: bool) -> list[RebuildReply]:
    console = Console(stderr=True, highlight=False, quiet=quiet)
    async with admin_context(read_settings()) as context:
        with Status(f"{service}: starting", console=console) as shown:
            return await build(
                context.broker, service, lambda replica, progress: shown.update(escape(f"{replica}: {progress}"))
            )
