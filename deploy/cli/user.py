"""`ottit user`: help for people who cannot sign in, or whose sessions somebody else uses."""

import asyncio
from typing import Annotated

import typer

from deploy.cli.errors import UNREACHABLE, exit_on, read_settings
from deploy.installation.admin_context import AdminContext, admin_context
from deploy.installation.secret_files import ACTOR
from services.gateway.accounts.password_commands import PasswordCommands
from shared.problems import NotFound

user = typer.Typer(help="Help people with their sign-in.", no_args_is_help=True)


@user.callback()
def about() -> None:
    """Help people with their sign-in."""


@user.command()
def reset_password(handle: Annotated[str, typer.Argument(help="An existing account.")]) -> None:
    """Print a link with which this person can set a new password, once and within an hour.

    Give it only to somebody who has shown you that the account is theirs. The old password and the sessions stay valid
    until the link is used.
    """
    with exit_on(*UNREACHABLE, NotFound):
        typer.echo(asyncio.run(_reset(handle)))


@user.command()
def sign_out(handle: Annotated[str, typer.Argument(help="An existing account.")]) -> None:
    """End all sessions and tokens of this person, for example after a theft. The password stays valid."""
    with exit_on(*UNREACHABLE, NotFound):
        asyncio.run(_sign_out(handle))
        typer.echo(f"All sessions and tokens of {handle} have ended.")


async def _sign_out(handle: str) -> None:
    async with admin_context(read_settings()) as context:
        await end_sessions(context, handle)


async def end_sessions(context: AdminContext, handle: str) -> None:
    """End all sessions and tokens of a user.

    Raises:
        NotFound: there is no such user.
    """
    await context.sessions.end_all(await context.accounts.id_of(handle))


async def _reset(handle: str) -> str:
    async with admin_context(read_settings()) as context:
        user_id = await context.accounts.id_of(handle)
        code = await PasswordCommands(context.accounts).begin_reset(user_id, ACTOR)
        return f"{context.url}/reset#{code}"
