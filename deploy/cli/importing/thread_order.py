"""Sorts staged rows so that each comes after the row that it answers, in any order of the file."""

from dataclasses import replace

import orjson

from deploy.cli.importing.source.rows import RefusedRow
from deploy.cli.importing.staging import Staging


def sort_threads(staging: Staging) -> None:
    """Give each row its level: 0 if it answers nothing in this file, otherwise one more than the row it answers.

    Answers to refused rows, and rows that answer each other in a circle, are refused. An answer to a post that is in
    no row has level 0: an earlier import may have brought the post.
    """
    connection = staging.connection
    connection.execute("CREATE INDEX rows_by_level ON rows (level)")
    with staging.transaction():
        connection.execute(
            """UPDATE rows SET level = 0 WHERE parent IS NULL OR (
                NOT EXISTS (SELECT 1 FROM rows above WHERE above.id = rows.parent)
                AND NOT EXISTS (SELECT 1 FROM refused WHERE refused.row_id = rows.parent))"""
        )
        level = 0
        while connection.execute(
            """UPDATE rows SET level = :level + 1 WHERE seq IN (
                SELECT below.seq FROM rows above JOIN rows below ON below.parent = above.id
                WHERE above.level = :level AND below.level IS NULL)""",
            {"level": level},
        ).rowcount:
            level += 1
        while _refuse_answers_to_refused(staging):
            pass
        _refuse_circles(staging)
    connection.execute("DROP INDEX rows_by_level")


def refuse_below(staging: Staging, parent: str, reason: str) -> None:
    """Refuse the answers to a post that does not exist, with all answers to them."""
    below = staging.connection.execute(
        """WITH RECURSIVE below(seq, id, answers) AS (
                SELECT seq, id, 1 FROM rows WHERE parent = ?
                UNION SELECT rows.seq, rows.id, 0 FROM rows JOIN below ON rows.parent = below.id)
            SELECT rows.seq, line, rows.id, source_id, rows.parent, post, answers FROM below JOIN rows USING (seq)""",
        (parent,),
    ).fetchall()
    for seq, line, row_id, source_id, above, post, answers in below:
        refused = RefusedRow(line, source_id, "parent_unknown", reason, _fields(post))
        if not answers:
            refused = replace(refused, code="parent_refused", reason=f"its parent {above} is refused")
        _move(staging, seq, row_id, refused)


def _refuse_answers_to_refused(staging: Staging) -> bool:
    found = staging.connection.execute(
        """SELECT rows.seq, rows.line, rows.id, rows.source_id, rows.post, refused.line, refused.id
            FROM rows JOIN refused ON refused.row_id = rows.parent
            WHERE rows.level IS NULL AND NOT EXISTS (SELECT 1 FROM rows above WHERE above.id = rows.parent)
            GROUP BY rows.seq LIMIT 1000"""
    ).fetchall()
    for seq, line, row_id, source_id, post, above_line, above_id in found:
        reason = f"its parent {above_id} (line {above_line}) is refused. Mend that row first"
        _move(staging, seq, row_id, RefusedRow(line, source_id, "parent_refused", reason, _fields(post)))
    return bool(found)


def _refuse_circles(staging: Staging) -> None:
    while found := staging.connection.execute(
        "SELECT seq, line, id, source_id, parent, post FROM rows WHERE level IS NULL LIMIT 1000"
    ).fetchall():
        for seq, line, row_id, source_id, parent, post in found:
            reason = f"it answers {parent}, which answers it in turn, directly or through others"
            _move(staging, seq, row_id, RefusedRow(line, source_id, "parent_circle", reason, _fields(post)))


def _move(staging: Staging, seq: int, row_id: str, refused: RefusedRow) -> None:
    staging.connection.execute("DELETE FROM rows WHERE seq = ?", (seq,))
    staging.refuse(seq, replace(refused, row_id=row_id))


def _fields(post: bytes) -> object:
    return orjson.loads(post)
