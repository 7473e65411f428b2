"""Gives and takes back roles as an identity provider's claim says, by facts that the audit list shows."""

import logging
from datetime import UTC, datetime

from services.gateway.accounts.claimed_roles import HeldRole, role_changes
from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.credential_store import UserCredentials
from services.gateway.accounts.queries import AccountQueries
from services.gateway.view.view import SEE_OWN_WRITE_S, View

logger = logging.getLogger(__name__)
ACTOR = "service:identity-provider"


class ClaimedRoleCommands:
    """The write side of roles that a claim gives."""

    def __init__(self, accounts: AccountCommands, queries: AccountQueries, view: View) -> None:
        self._accounts = accounts
        self._queries = queries
        self._view = view

    async def apply(self, user_id: str, identity_id: str, wanted: frozenset[HeldRole]) -> None:
        """Make a user's roles those that their claims want, besides those that others gave.

        The roles that the mapping gives are noted before their facts and until those that end them: after a crash the
        next sign-in continues.
        """
        user = self._queries.user_by_id(user_id)
        given = await self._given(user_id, identity_id)
        if user is None or user.erased or not (wanted or given):
            return
        is_suspended = user.suspended_until is not None and user.suspended_until > datetime.now(UTC)
        is_barred = is_suspended or user.approval != "approved"
        held, is_last_admin = frozenset(user.roles), self._queries.is_last_admin(user_id)
        changes = role_changes(wanted & held if is_barred else wanted, held, given, is_last_admin=is_last_admin)
        if is_last_admin and ("admin", None) in given - wanted:
            logger.warning("the last administrator keeps the role that the claim no longer gives")
        await self._note(user_id, identity_id, given | changes.given)
        sequence = 0
        for role, community in sorted(changes.grant, key=str):
            sequence = await self._accounts.grant(user_id, role, ACTOR, community)
        for role, community in sorted(changes.revoke, key=str):
            sequence = await self._accounts.revoke(user_id, role, ACTOR, community)
        await self._note(user_id, identity_id, changes.given)
        await self._view.wait_for(sequence, SEE_OWN_WRITE_S)

    async def _given(self, user_id: str, identity_id: str) -> frozenset[HeldRole]:
        stored = (await self._accounts.credentials.read(user_id)).identities
        return frozenset(role for one in stored if one.id == identity_id for role in one.roles)

    async def _note(self, user_id: str, identity_id: str, given: frozenset[HeldRole]) -> None:
        roles = tuple(sorted(given, key=str))

        def noted(now: UserCredentials) -> UserCredentials:
            changed = (
                one.model_copy(update={"roles": roles}) if one.id == identity_id else one for one in now.identities
            )
            return now.model_copy(update={"identities": tuple(changed)})

        await self._accounts.credentials.change(user_id, noted)
