"""Recognizes stored copies of rare facts: a broken writer, or a retry after minutes, can store one twice."""

import hashlib

import orjson

from shared.log.events.envelope import Event
from shared.log.events.facts import CommunityChanged, InterestChanged, PostAppealed, PostDecided, ReportFiled
from shared.log.events.user_facts import (
    UserApproved,
    UserRefused,
    UserReinstated,
    UserRoleGranted,
    UserRoleRevoked,
    UserSuspended,
)

__all__ = ["remembered_keys", "repeat_key"]

# Each sets a state that a later fact may have changed back, so that its copy would undo the later fact. A copy of any
# other fact is recognized by its revision or changes nothing. All of these are rare: a view can remember every one.
_SETS_A_STATE = (
    CommunityChanged, InterestChanged, PostAppealed, UserApproved, UserRefused, UserReinstated, UserRoleGranted,
    UserRoleRevoked, UserSuspended,
)  # fmt: skip


def repeat_key(event: Event) -> str:
    """Return the key that a view has remembered if this fact must not count again; empty if it always counts.

    A fact shares it with its stored copies, also under another event id. An engine's decision shares it with the
    moderators' decisions on its revision: behind those it can only be a copy.
    """
    fact = event.data
    if isinstance(fact, ReportFiled):  # one report for each revision and reporter
        return _hash(event.type, fact.post_id, str(fact.revision), fact.reporter_id)
    if isinstance(fact, PostDecided) and fact.decided_by == "engine":
        return _by_person(event.entity_id, fact.revision)
    if not isinstance(fact, (PostDecided, *_SETS_A_STATE)):
        return ""
    return _hash(event.type, event.entity_id, event.occurred_at.isoformat(), fact.model_dump_json())


def remembered_keys(event: Event) -> frozenset[str]:
    """Return the keys that a view remembers of a fact that counts."""
    fact = event.data
    if not isinstance(fact, PostDecided):
        return frozenset({repeat_key(event)} - {""})
    by_person = {repeat_key(event), _by_person(event.entity_id, fact.revision)}
    return frozenset(by_person if fact.decided_by == "person" else ())


def _by_person(post_id: str, revision: int) -> str:
    return _hash("decided by a person", post_id, str(revision))


def _hash(*parts: str) -> str:
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]
