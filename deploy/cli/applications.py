"""`ottit applications`: people who wait for an approval."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from deploy.cli.errors import UNREACHABLE, exit_on, read_settings
from deploy.installation.admin_context import AdminContext, admin_context
from deploy.operations import application_admin
from shared.problems import Problem

applications = typer.Typer(help="List, approve and refuse people who wait for an approval.", no_args_is_help=True)
T = TypeVar("T")


@applications.command("list")
def list_applications(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the people who wait, the longest first, with the reason that they gave."""
    people = _run(application_admin.waiting_people)
    if as_json:
        rows = [{"handle": one.handle, "since": one.since.isoformat(), "reason": one.reason} for one in people]
        typer.echo(json.dumps(rows, indent=2))
        return
    typer.echo("\n".join(map(_line, people)) or "Nobody waits for an approval.")


@applications.command()
def approve(
    handles: Annotated[list[str] | None, typer.Argument(help="The people.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody who waits now.")] = False,
) -> None:
    """Approve people who wait, or who were refused within the last week."""
    if bool(handles) == everybody:
        raise typer.BadParameter("name the people, or use --all")
    approved = _run(lambda context: _approve(context, handles))
    typer.echo("\n".join(f"{handle} is approved." for handle in approved) or "Nobody waits for an approval.")


@applications.command()
def refuse(
    handle: Annotated[str, typer.Argument(help="A person who waits.")],
    reason: Annotated[str, typer.Option(help="For the person, who reads it after signing in.")],
) -> None:
    """Refuse a person who waits. Their sessions end, and the account is erased after a week."""
    _run(lambda context: application_admin.refuse(context, handle, reason))
    typer.echo(f"{handle} is refused.")


def _line(person: application_admin.Waiting) -> str:
    """Return a line without the characters with which a stranger could steer this terminal."""
    reason = "".join(one for one in " ".join(person.reason.split()) if one.isprintable())
    return f"{person.since:%Y-%m-%d %H:%M}  {person.handle:<30}  {reason}".rstrip()


async def _approve(context: AdminContext, handles: list[str] | None) -> list[str]:
    chosen = handles or [one.handle for one in await application_admin.waiting_people(context)]
    for handle in chosen:
        await application_admin.approve(context, handle)
    return chosen


def _run(work: Callable[[AdminContext], Awaitable[T]]) -> T:
    async def run() -> T:
        async with admin_context(read_settings()) as context:
            return await work(context)

    with exit_on(*UNREACHABLE, Problem):
        return asyncio.run(run())
