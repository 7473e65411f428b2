"""Folds the facts of users into the view."""

from datetime import UTC, datetime

from services.gateway.view.change_notifications import AccountChanged
from services.gateway.view.change_set import Act, ChangeSet, Opened, User, time_of
from shared.log.events import (
    Event,
    UserApproved,
    UserErased,
    UserRefused,
    UserRegistered,
    UserReinstated,
    UserRoleGranted,
    UserRoleRevoked,
    UserSuspended,
)
from shared.roles.ranks import NOBODY, after, is_admin, removes_last_admin

# A suspension without an end is stored as one until the last moment that a `datetime` can hold.
FOREVER = datetime.max.replace(tzinfo=UTC)


def fold_user(change_set: ChangeSet, event: Event, opened: Opened) -> None:
    """Fold a fact about a user. `opened`: the handle of a registration."""
    fact, user_id = event.data, event.entity_id
    if isinstance(fact, UserErased):
        _erase(change_set, event)
    user = change_set.users.get(user_id)
    if isinstance(fact, UserRegistered) and user is None:
        user = change_set.users[user_id] = _registered(change_set, event, fact, opened)
    if user is None or change_set.is_repeat(event):
        return
    change_set.touched.add(user_id)
    if user.erased:
        return
    match fact:
        case UserRoleGranted() | UserRoleRevoked() if not removes_last_admin(fact, user_id, change_set.admins):
            _change_roles(change_set, event)
            _note_act(change_set, event, fact.role, fact.community)
        case UserSuspended():
            user.suspended_until, user.suspended_for = time_of(fact.until or FOREVER), fact.reason
            _note_act(change_set, event, reason=fact.reason)
        case UserApproved() if user.approval != "approved":
            change_set.words_replaced = change_set.words_replaced or user.application is not None
            user.approval, user.application, user.refused_for, user.decided_at = "approved", None, None, None
            _note_act(change_set, event)
        case UserRefused() if user.approval == "waiting":
            user.approval, user.decided_at = "refused", time_of(event.occurred_at)
            user.refused_for = opened if isinstance(opened, str) else None
            _note_act(change_set, event, reason=user.refused_for)
        case UserReinstated():
            user.suspended_until, user.suspended_for = None, None
            _note_act(change_set, event)


def _registered(change_set: ChangeSet, event: Event, fact: UserRegistered, opened: Opened) -> User:
    """Return a new user. An invitation is noted as an act of its maker."""
    handle, reason = opened if fact.reason and isinstance(opened, tuple) else (opened, None)
    at, waits = time_of(event.occurred_at), fact.waits
    if fact.invited_by:
        about = event.entity_id
        change_set.acts.append(Act(event.sequence, event.type, fact.invited_by, about, None, None, "", None, at))
    return User(
        event.entity_id,
        handle if isinstance(handle, str) else None,
        at,
        imported=fact.imported,
        approval="waiting" if waits else "approved",
        application=reason if waits else None,
        invited_by=fact.invited_by,
    )


def _change_roles(change_set: ChangeSet, event: Event) -> None:
    user_id = event.entity_id
    held = after(change_set.roles.get(user_id, NOBODY), event.data)
    change_set.roles[user_id] = held
    (change_set.admins.add if is_admin(held) else change_set.admins.discard)(user_id)


def _note_act(
    change_set: ChangeSet, event: Event, detail: str = "", community: str | None = None, reason: str | None = None
) -> None:
    """Note an act for the list of acts, and tell the user whom it concerns."""
    user_id, at = event.entity_id, time_of(event.occurred_at)
    change_set.acts.append(Act(event.sequence, event.type, event.actor, user_id, None, community, detail, reason, at))
    change_set.changes.append(AccountChanged(user_id, event.sequence))


def _erase(change_set: ChangeSet, event: Event) -> None:
    user_id = event.entity_id
    user = change_set.users.setdefault(user_id, User(user_id, None, time_of(event.occurred_at)))
    change_set.handle_removed = change_set.handle_removed or user.handle is not None
    user.handle, user.suspended_for, user.erased = None, None, True
    user.application, user.refused_for, user.approval = None, None, "approved"
    _change_roles(change_set, event)
    for act in change_set.acts:
        act.reason = None if act.about_id == user_id else act.reason
    change_set.erased.add(user_id)
    change_set.leaving.add(user_id)
