"""The facts of the log about users. Type, subject, schema and broker permissions are derived from these classes."""

from typing import Literal

from shared.log.events.envelope import Fact
from shared.log.events.field_types import EntityId, Line, Moment, Prose, Sealed

Role = Literal["member", "moderator", "admin", "importer"]


class UserRegistered(Fact):
    """A sign-up. `invited_by`: the actor who made the invitation; `reason`: why the person wants to join."""

    handle: Sealed
    imported: bool = False  # an author created by an import, who cannot sign in
    waits: bool = False  # for an approval, see `UserApproved`
    invited_by: Line | None = None
    reason: Sealed | None = None


class UserApproved(Fact):
    """A person who waited may write. An approval is final: a suspension follows other rules."""


class UserRefused(Fact):
    """A person who waited may not write. `reason`: for them, sealed with their key. It has no effect once approved."""

    reason: Sealed


class UserRoleGranted(Fact):
    role: Role
    community: EntityId | None = None  # None: everywhere
    keeps_others: bool = False  # False, in old facts: it replaces the other roles held in the same place


class UserRoleRevoked(Fact):
    """A role was taken away. It has no effect on the last administrator: see `shared/roles/ranks.py`."""

    role: Role
    community: EntityId | None = None  # None: everywhere


class UserSuspended(Fact):
    reason: Prose
    until: Moment | None = None


class UserReinstated(Fact):
    pass


SecurityChange = Literal[
    "password_changed", "password_reset", "reset_requested", "recovery_codes_made", "recovery_code_used",
    "mail_changed", "passkey_added", "passkey_removed", "sign_in_linked", "sign_in_unlinked",
]  # fmt: skip


class UserSecurityChanged(Fact):
    """A change of a user's credentials by the actor. The credentials themselves are never in the log."""

    change: SecurityChange


class UserErased(Fact):
    pass
