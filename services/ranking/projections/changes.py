"""What changed on a board since it was last written down."""

from dataclasses import dataclass

from services.ranking.projections.board import Board, Mark, PostRecord


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that changed up to the sequences reached."""

    posts: list[PostRecord]
    marks: list[Mark]
    erased: list[str]
    reached: dict[str, int]


def take_changes(board: Board) -> Changes:
    """What changed since the last call."""
    marks = [
        Mark(user_id, kind, board.columns.ids[row], board.marks[user_id].get((kind, row), 0))
        for user_id, kind, row in board.changed_marks
    ]
    changes = Changes(list(board.records(board.changed_rows)), marks, list(board.erased), dict(board.reached))
    board.changed_rows.clear()
    board.changed_marks.clear()
    return changes


def give_back(board: Board, changes: Changes) -> None:
    """Count changes as not written: the next ones contain them."""
    board.changed_rows |= {board.columns.row(record.post_id) for record in changes.posts}
    board.changed_marks |= {(mark.user_id, mark.kind, board.columns.row(mark.post_id)) for mark in changes.marks}
