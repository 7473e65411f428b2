"""The roles that the log's facts give each user, and their ranks. Pure."""

from collections.abc import Collection

from shared.log.events import Event, Fact, Role, UserErased, UserRoleGranted, UserRoleRevoked

# Roles with their community; None: everywhere.
Held = frozenset[tuple[Role, str | None]]

NOBODY: Held = frozenset()
# Ranks: nobody acts on a user of a higher rank than their own.
MEMBER, COMMUNITY_MODERATOR, SITE_MODERATOR, ADMIN = range(4)


def after(held: Held, fact: Fact) -> Held:
    """Return a user's roles after a fact about them."""
    match fact:
        case UserRoleGranted():
            kept = held if fact.keeps_others else frozenset(one for one in held if one[1] != fact.community)
            return kept if fact.role == "member" else kept | {(fact.role, fact.community)}
        case UserRoleRevoked():
            return held - {(fact.role, fact.community)}
        case UserErased():
            return NOBODY
        case _:
            return held


def removes_last_admin(fact: Fact, user_id: str, admins: Collection[str]) -> bool:
    """Return whether a fact about a user would leave the installation without an administrator.

    Such a fact has no effect. Every reader of the log applies this rule, so that two administrators who remove each
    other at the same moment cannot both succeed. `admins`: the ids of all administrators before the fact.
    """
    revokes = isinstance(fact, UserRoleRevoked) and (fact.role, fact.community) == ("admin", None)
    return revokes and set(admins) == {user_id}


def is_admin(held: Collection[tuple[Role, str | None]]) -> bool:
    """Return whether these roles include that of an administrator."""
    return ("admin", None) in held


def rank_in(held: Collection[tuple[Role, str | None]], community: str | None) -> int:
    """Return the rank that these roles give in a community; None: the highest rank anywhere."""
    if is_admin(held):
        return ADMIN
    if ("moderator", None) in held:
        return SITE_MODERATOR
    here = any(role in ("moderator", "admin") and community in (None, where) for role, where in held)
    return COMMUNITY_MODERATOR if here else MEMBER


class RoleTable:
    """The roles of all users, folded from facts in the order of the log."""

    def __init__(self) -> None:
        self.held: dict[str, Held] = {}

    def take(self, event: Event) -> None:
        """Fold a fact about a user."""
        if not removes_last_admin(event.data, event.entity_id, self.admins):
            self.held[event.entity_id] = after(self.held.get(event.entity_id, NOBODY), event.data)

    @property
    def admins(self) -> set[str]:
        """The ids of the administrators."""
        return {user_id for user_id, held in self.held.items() if is_admin(held)}
