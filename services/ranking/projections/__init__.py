"""The ranking state and its pure fold over `EVENTS` and `SIGNALS`."""

from services.ranking.projections.fold import FACTS, apply_event, apply_signal, put_record, put_signal
from services.ranking.projections.ranking_state import (
    ChangeSet,
    PostRecord,
    RankingState,
    ReaderSignal,
    digest,
    drain_changes,
    mark_all_changed,
    restore_changes,
)

__all__ = [
    "FACTS",
    "ChangeSet",
    "PostRecord",
    "RankingState",
    "ReaderSignal",
    "apply_event",
    "apply_signal",
    "digest",
    "drain_changes",
    "mark_all_changed",
    "put_record",
    "put_signal",
    "restore_changes",
]
