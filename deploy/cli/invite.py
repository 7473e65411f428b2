"""`ottit invite`: invitations to sign up."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from deploy.cli.errors import UNREACHABLE, exit_on, read_settings
from deploy.installation.admin_context import OPERATOR_ID, AdminContext, admin_context
from deploy.installation.secret_files import ACTOR
from services.gateway.invitations.commands import InvitationCommands, Made
from services.gateway.invitations.schemas import LONGEST_DAYS, MOST_USES
from shared.problems import Problem
from shared.security.data_keys import Erased

invite = typer.Typer(help="Make, list and revoke invitations to sign up.", no_args_is_help=True)
T = TypeVar("T")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@invite.command()
def make(
    uses: Annotated[int, typer.Option(min=1, max=MOST_USES, help="How many people may sign up with it.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=LONGEST_DAYS, help="How long it is valid.")] = 7,
) -> None:
    """Print a link with which people can sign up. Only its hash is stored, so nobody can print it again."""
    typer.echo(_run(lambda context, invitations: _make(context, invitations, uses, days)))


@invite.command("list")
def list_invitations(as_json: AsJson = False) -> None:
    """List the invitations that have not expired, newest first."""
    rows = _run(_rows)
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    typer.echo("\n".join(map(_line, rows)) or "There is no open invitation.")


@invite.command()
def revoke(invitation_id: Annotated[str, typer.Argument(help="The id, as `ottit invite list` shows it.")]) -> None:
    """Revoke an invitation. Accounts that were created with it stay."""
    _run(lambda _, invitations: _revoke(invitations, invitation_id))
    typer.echo("The invitation is revoked.")


def _line(row: dict[str, str | int]) -> str:
    return f"{row['id']}  {row['uses']:>3} of {row['most_uses']:<3}  {row['expires_at']}  {row['by']}"


async def _make(context: AdminContext, invitations: InvitationCommands, uses: int, days: int) -> str:
    made = await invitations.make(OPERATOR_ID, ACTOR, uses, days)
    return f"{context.url}/sign-up#invitation={made.code}"


async def _rows(context: AdminContext, invitations: InvitationCommands) -> list[dict[str, str | int]]:
    return [
        {
            "id": one.id,
            "uses": len(one.invitation.uses),
            "most_uses": one.invitation.most_uses,
            "expires_at": f"{one.invitation.expires_at:%Y-%m-%d %H:%M}",
            "by": await _maker(context, one),
        }
        for one in await invitations.all()
    ]


async def _maker(context: AdminContext, made: Made) -> str:
    if made.invitation.made_by == ACTOR:
        return "operator"
    try:
        return await context.accounts.handle_of(made.invitation.id) or made.invitation.id
    except Erased:
        return made.invitation.id


async def _revoke(invitations: InvitationCommands, invitation_id: str) -> None:
    if invitation_id not in {one.id for one in await invitations.all()}:
        typer.echo(f"There is no open invitation {invitation_id}. Nothing was changed.", err=True)
        raise typer.Exit(1)
    await invitations.revoke(invitation_id)


def _run(work: Callable[[AdminContext, InvitationCommands], Awaitable[T]]) -> T:
    async def run() -> T:
        async with admin_context(read_settings()) as context:
            invitations = InvitationCommands(context.broker, context.log)
            await invitations.start()
            return await work(context, invitations)

    with exit_on(*UNREACHABLE, Problem):
        return asyncio.run(run())
