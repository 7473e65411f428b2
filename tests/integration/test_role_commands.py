"""Tests of `ottit roles` and `ottit user`: the operator gives roles, takes them away and ends sessions."""

import pytest

from deploy.cli.user import end_sessions
from deploy.installation.admin_context import AdminContext
from deploy.operations import role_admin
from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.sessions import Sessions
from services.gateway.communities.commands import CommunityCommands
from shared.log.append import Log
from shared.problems import Conflict, NotFound
from shared.security.data_keys import DataKeyStore
from shared.testing import MASTER_KEY, TestBroker
from tests.gateway.conftest import cheap_passwords

pytestmark = pytest.mark.broker


@pytest.fixture
async def context(broker: TestBroker) -> AdminContext:
    """The operator's access, with the accounts ada and bob and the community `garden`."""
    client = await broker.connect()
    keys, log = await DataKeyStore.open(client, MASTER_KEY), Log(client)
    accounts = await AccountCommands.open(client, keys, log)
    with cheap_passwords():
        for handle in ("ada", "bob"):
            await accounts.create(handle, "correct horse battery")
    await CommunityCommands(log).create("garden", "Garden", "", "service:test")
    return AdminContext("", client, log, accounts, await Sessions.open(client, keys), keys)


async def holders(context: AdminContext) -> dict[str, list[str]]:
    return {holder.handle: [*holder.roles] for holder in await role_admin.role_holders(context)}


async def test_the_operator_appoints_and_removes(context: AdminContext) -> None:
    await role_admin.appoint(context, "ada", "admin", None)
    await role_admin.appoint(context, "bob", "moderator", "garden")
    await role_admin.appoint(context, "bob", "importer", None)
    assert await holders(context) == {"ada": ["admin"], "bob": ["importer", "moderator:garden"]}
    await role_admin.remove(context, "bob", "moderator", "garden")
    await role_admin.remove(context, "bob", "importer", None)
    assert await holders(context) == {"ada": ["admin"]}
    acts = await role_admin.acts(context)
    assert [line.split()[2:] for line in acts] == [
        ["operator", "role_granted", "ada", "admin"],
        ["operator", "role_granted", "bob", "moderator:garden"],
        ["operator", "role_granted", "bob", "importer"],
        ["operator", "role_revoked", "bob", "moderator:garden"],
        ["operator", "role_revoked", "bob", "importer"],
    ]


async def test_the_operator_cannot_remove_the_last_admin(context: AdminContext) -> None:
    await role_admin.appoint(context, "ada", "admin", None)
    with pytest.raises(Conflict, match="last administrator"):
        await role_admin.remove(context, "ada", "admin", None)
    await role_admin.appoint(context, "bob", "admin", None)
    await role_admin.remove(context, "ada", "admin", None)
    assert await holders(context) == {"bob": ["admin"]}


async def test_unknown_users_communities_and_roles_are_named(context: AdminContext) -> None:
    with pytest.raises(NotFound, match="nobody"):
        await role_admin.appoint(context, "nobody", "admin", None)
    with pytest.raises(NotFound, match="kitchen"):
        await role_admin.appoint(context, "ada", "moderator", "kitchen")
    with pytest.raises(NotFound, match="does not have the role"):
        await role_admin.remove(context, "ada", "moderator", None)


async def test_the_operator_ends_all_sessions_and_tokens_of_a_user(context: AdminContext) -> None:
    ada, bob = await context.accounts.id_of("ada"), await context.accounts.id_of("bob")
    secrets = [(await context.sessions.begin(ada, 1))[0], (await context.sessions.mint(ada, "x", ("see_me",), 1))[0]]
    stays = (await context.sessions.begin(bob, 1))[0]
    await end_sessions(context, "ada")
    assert [await context.sessions.find(secret) for secret in secrets] == [None, None]
    assert await context.sessions.find(stays)
    with pytest.raises(NotFound, match="nobody"):
        await end_sessions(context, "nobody")
