"""The board of ranking and its pure fold over `EVENTS` and `SIGNALS`."""

from services.ranking.projections.board import Board, Mark, PostRecord
from services.ranking.projections.changes import Changes, give_back, take_changes
from services.ranking.projections.digest import digest
from services.ranking.projections.fold import FACTS, apply_event, apply_signal, put_mark, put_record

__all__ = [
    "FACTS",
    "Board",
    "Changes",
    "Mark",
    "PostRecord",
    "apply_event",
    "apply_signal",
    "digest",
    "give_back",
    "put_mark",
    "put_record",
    "take_changes",
]
