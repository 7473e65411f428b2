"""Tests of `ottit invite` and `ottit applications`: the operator invites and decides, directly at the broker."""

import pytest

from deploy.installation.admin_context import AdminContext
from deploy.installation.secret_files import ACTOR
from deploy.operations import application_admin, role_admin
from services.gateway.accounts.commands import NewUser
from services.gateway.accounts.handle_entries import Admission
from services.gateway.invitations.commands import InvitationCommands
from shared.ids import new_id
from shared.problems import Conflict, Forbidden
from tests.integration.test_role_commands import context, holders  # noqa: F401

pytestmark = pytest.mark.broker
WAITS = NewUser(Admission(waits=True), "I grow\x1b[2J tomatoes.")


async def apply(context: AdminContext, handle: str) -> str:  # noqa: F811
    """Create somebody who waits. Returns the id."""
    return (await context.accounts.create(handle, "correct horse battery", new=WAITS)).user_id


async def test_the_operator_decides_about_people_who_wait(context: AdminContext) -> None:  # noqa: F811
    user_id = await apply(context, "may")
    await apply(context, "june")
    found = await application_admin.waiting_people(context)
    assert [(one.handle, one.reason) for one in found] == [("may", WAITS.reason), ("june", WAITS.reason)]
    await application_admin.refuse(context, "june", "An advertisement.")
    await application_admin.approve(context, "may")
    assert await application_admin.waiting_people(context) == []
    with pytest.raises(Conflict, match="approved meanwhile"):
        await application_admin.refuse(context, "may", "Late.")
    lines = [line.split()[2:] for line in await role_admin.acts(context)]
    assert lines == [["operator", "refused", "june"], ["operator", "approved", "may"]]
    assert not await context.approvals.waits(user_id)


async def test_an_appointment_by_the_operator_also_approves(context: AdminContext) -> None:  # noqa: F811
    await apply(context, "may")
    await role_admin.appoint(context, "may", "admin", None)
    assert await application_admin.waiting_people(context) == []
    assert await holders(context) == {"may": ["admin"]}


async def test_the_operator_invites_and_revokes(context: AdminContext) -> None:  # noqa: F811
    invitations = InvitationCommands(context.broker, context.log, lambda _: False)  # as on a gateway: not a user's
    await invitations.start()
    made = await invitations.make(new_id(), ACTOR, uses=1, days=1)
    assert [one.id for one in await invitations.all()] == [made.id]
    assert (await invitations.take(made.code, new_id())).invitation.made_by == ACTOR
    with pytest.raises(Forbidden, match="used up"):
        await invitations.take(made.code, new_id())
    await invitations.revoke(made.id)
    assert await invitations.all() == []
