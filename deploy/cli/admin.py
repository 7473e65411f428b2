"""`ottit admin`: administrator accounts."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from deploy.cli.errors import UNREACHABLE, exit_on, read_settings
from deploy.installation.admin_context import admin_context
from deploy.installation.secret_files import ACTOR
from deploy.operations import role_admin
from services.gateway.accounts.schemas import NewAccount
from shared.problems import Conflict, Invalid, NotFound

admin = typer.Typer(help="Create administrators.", no_args_is_help=True)


@admin.command()
def create(
    handle: Annotated[str, typer.Argument(help="3 to 30 characters: a–z, 0–9, _ and -.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Create an administrator account. Asks for the password twice."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else _prompt_password()
    try:
        account = NewAccount(handle=handle, password=password)
    except ValidationError as error:
        for problem in error.errors():
            typer.echo(f"{problem['loc'][0]}: {problem['msg']}", err=True)
        raise typer.Exit(2) from error
    _finish(_create(account), f"{handle} is an administrator and can sign in.")


@admin.command()
def grant(handle: Annotated[str, typer.Argument(help="An existing account.")]) -> None:
    """Make an existing account an administrator."""
    _finish(_grant(handle), f"{handle} is an administrator.")


async def _create(account: NewAccount) -> None:
    async with admin_context(read_settings()) as context:
        registered = await context.accounts.create(account.handle, account.password)
        await context.accounts.grant(registered.user_id, "admin", by=ACTOR)


async def _grant(handle: str) -> None:
    async with admin_context(read_settings()) as context:
        await role_admin.appoint(context, handle, "admin", None)


def _prompt_password() -> str:
    password: str = typer.prompt("Password (10 characters or more)", hide_input=True, confirmation_prompt=True)
    return password


def _finish(work: Coroutine[Any, Any, None], done: str) -> None:
    conflict_message = "{} To make that account an administrator: ottit admin grant HANDLE"
    with exit_on(Conflict, message=conflict_message), exit_on(*UNREACHABLE, Invalid, NotFound):
        asyncio.run(work)
    typer.echo(done)
