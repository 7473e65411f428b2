"""A digest of the board: the same for every way in which the same facts and signals were folded."""

import hashlib

import orjson

from services.ranking.projections.board import Board


def digest(board: Board) -> str:
    """SHA-256 over records, counts, marks and erased authors, in the order of their ids: rows do not show."""
    columns = board.columns
    seen = hashlib.sha256()
    for record in sorted(board.records()):
        row = columns.row(record.post_id)
        seen.update(orjson.dumps([*record, columns.get("votes", row), columns.get("replies", row)]))
    for mark in sorted(board.all_marks()):
        seen.update(orjson.dumps(list(mark)))
    seen.update(orjson.dumps(sorted(board.erased)))
    return seen.hexdigest()
