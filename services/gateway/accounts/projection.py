"""Folds the facts of users into the view."""

from datetime import UTC, datetime

from services.gateway.view.change_set import ChangeSet, Opened, User, time_of
from shared.log.events import Event, UserErased, UserRegistered, UserReinstated, UserRoleGranted, UserSuspended

# A suspension without an end is stored as one until the last moment that a `datetime` can hold.
FOREVER = datetime.max.replace(tzinfo=UTC)


def fold_user(change_set: ChangeSet, event: Event, opened: Opened) -> None:
    """Fold a fact about a user. `opened`: the handle of a registration."""
    fact, user_id = event.data, event.entity_id
    if isinstance(fact, UserErased):
        _erase(change_set, event)
    user = change_set.users.get(user_id)
    if isinstance(fact, UserRegistered) and user is None:
        handle = opened if isinstance(opened, str) else None
        user = User(user_id, handle, time_of(event.occurred_at), imported=fact.imported)
        change_set.users[user_id] = user
    if user is None or change_set.is_repeat(event):
        return
    change_set.touched.add(user_id)
    match fact:
        case UserRoleGranted():
            change_set.roles[user_id, fact.community or ""] = fact.role
        case UserSuspended():
            user.suspended_until, user.suspended_for = time_of(fact.until or FOREVER), fact.reason
        case UserReinstated():
            user.suspended_until, user.suspended_for = None, None


def _erase(change_set: ChangeSet, event: Event) -> None:
    user_id = event.entity_id
    user = change_set.users.setdefault(user_id, User(user_id, None, time_of(event.occurred_at)))
    change_set.handle_removed = change_set.handle_removed or user.handle is not None
    user.handle, user.suspended_for, user.erased = None, None, True
    change_set.erased.add(user_id)
    change_set.leaving.add(user_id)
