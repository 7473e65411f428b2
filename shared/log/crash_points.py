"""Named points at which a process can be made to kill itself, as in a power cut: nothing is flushed or answered.

Only tests of a whole installation set them, by `OTTIT_CRASH_AT`. Without it, passing a point costs one comparison.
"""

import os
import re
import signal
from collections.abc import Mapping

from shared.log.events import Fact
from shared.log.streams import CONSUMERS

# Around every append, with the type of the fact as detail.
APPENDS = {
    "before_append": "a fact is about to be published",
    "after_append": "the broker has stored a fact, and its writer does not know yet",
}
# Around the end of every delivery, with the durable as detail.
DELIVERIES = {
    "before_ack": "a handler has succeeded, and the broker does not know yet",
    "after_ack": "the broker has been told that a fact was handled",
    "before_dead_letter": "a fact cannot be handled, and its dead letter is about to be written",
    "before_term": "the dead letter is written, and the broker would still redeliver the fact",
    "after_term": "the dead letter is written and the broker has dropped the delivery",
}
# Around effects outside the log.
EFFECTS = {
    "before_signal": "gateway: a vote, a read or “show less” is about to be published",
    "after_signal": "gateway: the broker has stored a signal, and its sender does not know yet",
    "after_handle_taken": "gateway: a handle is reserved, and its user is not in the log",
    "after_key_created": "gateway: a data key exists, and its user is not in the log",
    "after_session_listed": "gateway: a session is in its user's list and does not exist yet",
    "before_sessions_ended": "gateway: a user is erased in the log, and can still be signed in",
    "before_handle_deleted": "gateway: an erased user's sessions have ended, and the handle is stored",
    "before_key_deleted": "gateway: an erased user's handle is deleted, and the data key exists",
    "inside_key_deletion": "gateway: a data key's bytes are overwritten, and the bucket still names the user",
    "after_key_deleted": "gateway: the data key is deleted, and nothing is answered yet",
    "before_view_commit": "gateway: a batch is folded and not committed",
    "after_view_commit": "gateway: a batch is committed and not announced",
    "inside_view_switch": "gateway: the old view is closed, and the rebuilt one has not taken its place",
    "before_import_row": "gateway: the rows of a batch before this one are imported",
    "before_decision": "moderation: a text is scored, and its decision is not written",
    "before_upsert": "embeddings: a vector is encoded and not stored",
    "after_upsert": "embeddings: a vector is stored, and the log does not say so",
    "after_removal": "embeddings: a post is removed from the index, and its fact is not acknowledged",
    "before_checkpoint": "ranking: changes are drained from the state and not written",
    "after_checkpoint": "ranking: the checkpoint is written",
}
_SETTING = re.compile(r"(?P<name>[a-z_]+)(:(?P<detail>[a-z._-]+))?(#(?P<nth>[1-9][0-9]{0,8}))?")


def points() -> Mapping[str, frozenset[str]]:
    """Return every name with the details that can narrow it: types of facts, durables, or none."""
    durables = frozenset(consumer.durable for consumer in CONSUMERS)
    return (
        dict.fromkeys(APPENDS, frozenset(Fact.KINDS))
        | dict.fromkeys(DELIVERIES, durables)
        | dict.fromkeys(EFFECTS, frozenset())
    )


class _Armed:
    """The point at which this process kills itself, and the passes that remain until then."""

    def __init__(self, name: str, detail: str, nth: int) -> None:
        self._name, self._detail, self._remaining = name, detail, nth

    def passed(self, name: str, detail: str) -> None:
        if name == self._name and self._detail in ("", detail):
            self._remaining -= 1
            if self._remaining == 0:
                os.kill(os.getpid(), signal.SIGKILL)


_armed: _Armed | None = None


def crash_point(name: str, detail: str = "") -> None:
    """Kill the process if it was started to die at this point; otherwise do nothing."""
    if _armed is not None:
        _armed.passed(name, detail)


def arm(setting: str) -> None:
    """Make this process kill itself at a point: `NAME`, `NAME:DETAIL` or either with `#NTH`; empty: never.

    Raises:
        ValueError: there is no such point.
    """
    global _armed
    found = _SETTING.fullmatch(setting)
    details = points().get(found["name"]) if found else None
    if setting and (not found or details is None or (found["detail"] or "") not in {"", *details}):
        raise ValueError(f"OTTIT_CRASH_AT: there is no crash point {setting!r}; docs/operations.md lists them")
    _armed = _Armed(found["name"], found["detail"] or "", int(found["nth"] or 1)) if found else None
