"""`ottit roles`: moderators, administrators and importers."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, TypeVar

import typer

from deploy.cli.errors import UNREACHABLE, exit_on, read_settings
from deploy.installation.admin_context import AdminContext, admin_context
from deploy.operations import role_admin
from shared.problems import Conflict, NotFound

roles = typer.Typer(help="List, appoint and remove moderators, administrators and importers.", no_args_is_help=True)
T = TypeVar("T")


class RoleName(StrEnum):
    """The roles that can be given."""

    moderator = "moderator"
    admin = "admin"
    importer = "importer"


Handle = Annotated[str, typer.Argument(help="An existing account.")]
Chosen = Annotated[RoleName, typer.Argument(help="The role.")]
Community = Annotated[str | None, typer.Option(help="For moderators: this community only. Without it: all of them.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@roles.command("list")
def list_roles(as_json: AsJson = False) -> None:
    """List everybody who has a role."""
    holders = _run(role_admin.role_holders)
    if as_json:
        typer.echo(json.dumps([asdict(holder) for holder in holders], indent=2))
        return
    lines = [f"{holder.handle:<30}  {' '.join(holder.roles)}" for holder in holders]
    typer.echo("\n".join(lines or ["Nobody has a role."]))


@roles.command()
def appoint(handle: Handle, role: Chosen, community: Community = None) -> None:
    """Give a role. It counts from the user's next request on."""
    _check(role, community)
    _run(lambda context: role_admin.appoint(context, handle, role.value, community))
    typer.echo(f"{handle} is {role.value}{_where(role, community)}.")


@roles.command()
def remove(handle: Handle, role: Chosen, community: Community = None) -> None:
    """Take a role away. The user's next request is without it; the last administrator stays."""
    _check(role, community)
    _run(lambda context: role_admin.remove(context, handle, role.value, community))
    typer.echo(f"{handle} is no longer {role.value}{_where(role, community)}.")


@roles.command()
def log(as_json: AsJson = False) -> None:
    """List every approval, refusal, appointment, removal, suspension and reinstatement, oldest first."""
    if as_json:
        typer.echo(json.dumps(_run(role_admin.acts), indent=2))
        return
    typer.echo("\n".join(_run(role_admin.acts) or ["Nothing has happened yet."]))


def _check(role: RoleName, community: str | None) -> None:
    if community is not None and role is not RoleName.moderator:
        raise typer.BadParameter("only moderators can be appointed for one community")


def _where(role: RoleName, community: str | None) -> str:
    if role is not RoleName.moderator:
        return ""
    return f" of {community}" if community else " of all communities"


def _run(work: Callable[[AdminContext], Awaitable[T]]) -> T:
    async def run() -> T:
        async with admin_context(read_settings()) as context:
            return await work(context)

    with exit_on(*UNREACHABLE, NotFound, Conflict):
        return asyncio.run(run())
