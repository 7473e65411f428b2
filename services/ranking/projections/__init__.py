"""The ranking state and its pure fold over `EVENTS` and `SIGNALS`."""

from services.ranking.projections.fold import FACTS, apply_event, apply_signal, put_record, put_signal
from services.ranking.projections.state import (
    ChangeSet,
    PostRecord,
    RankingState,
    ReaderSignal,
    digest,
    restore_changes,
    take_changes,
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
    "put_record",
    "put_signal",
    "restore_changes",
    "take_changes",
]
