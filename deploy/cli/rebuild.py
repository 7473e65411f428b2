"""`ottit rebuild`: throw a view away and build it anew. Exit codes: 0 done, 1 not done, 2 usage."""

import asyncio
import json
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status

from deploy.cli.endings import UNREACHABLE, ending
from deploy.cli.operator import operator
from deploy.cli.settings import read_settings
from deploy.operations.views import NoAnswer
from deploy.operations.views import rebuild as build
from shared.log.operator_requests import RebuildReply


class Service(StrEnum):
    """Whose view."""

    GATEWAY = "gateway"
    EMBEDDINGS = "embeddings"
    RANKING = "ranking"


def rebuild(
    service: Annotated[Service, typer.Argument(help="Whose view: every replica builds its own.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Build a view anew from the log. The present one is read until the new one has caught up."""
    with ending(*UNREACHABLE, NoAnswer):
        answers = asyncio.run(_rebuild(service.value, quiet=as_json))
    if as_json:
        typer.echo(json.dumps([answer.model_dump() for answer in answers], indent=2))
    else:
        typer.echo("\n".join(f"{answer.replica}: {answer.refused or 'built anew'}" for answer in answers))
    raise typer.Exit(1 if any(answer.refused for answer in answers) else 0)


async def _rebuild(service: str, *, quiet: bool) -> list[RebuildReply]:
    console = Console(stderr=True, highlight=False, quiet=quiet)
    async with operator(read_settings()) as hands:
        with Status(f"{service} begins", console=console) as shown:
            return await build(hands.broker, service, lambda replica, said: shown.update(f"{replica}: {said}"))
