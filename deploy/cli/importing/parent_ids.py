"""Understands how files name parents, once all rows are known: 0 for none, and `12.0` for the row 12."""

import orjson

from deploy.cli.importing.source.rows import Findings, FirstSeen, RefusedRow
from deploy.cli.importing.staging import Staging

COMMUNITY_MISSING = (
    "community: the row has none, and it answers the id 0, which no row has. Name one for all rows: --community NAME"
)
HAS_ROW = "EXISTS (SELECT 1 FROM rows above WHERE above.id = {id})"
WITHOUT_FRACTION = "substr(rows.parent, 1, length(rows.parent) - 2)"


def zero_id(site: str | None) -> str:
    """Return the id 0 as rows of this site have it."""
    return f"{site}/0" if site else "0"


def settle_parents(staging: Staging, findings: Findings, zero: str) -> None:
    """Correct the parents of rows. `zero`: see `zero_id`.

    Table tools write the numbers of a column with gaps as `12.0`. Sites that count from 1 write 0 for no parent.
    """
    itself, whole = HAS_ROW.format(id="rows.parent"), HAS_ROW.format(id=WITHOUT_FRACTION)
    with staging.transaction():
        staging.connection.execute(
            f"UPDATE rows SET parent = {WITHOUT_FRACTION} WHERE parent GLOB '*[0-9].0' AND NOT {itself} AND {whole}"
        )
        known = staging.connection.execute(
            "SELECT 1 FROM rows WHERE id = :zero UNION SELECT 1 FROM refused WHERE row_id = :zero", {"zero": zero}
        ).fetchone()
        if known is None:
            _make_posts(staging, findings, zero)


def _make_posts(staging: Staging, findings: Findings, zero: str) -> None:
    """Make posts of the rows that answer 0; refuse those without a community."""
    query = "SELECT seq, line, id, source_id, post FROM rows WHERE parent = ? AND community IS NULL LIMIT 1000"
    while found := staging.connection.execute(query, (zero,)).fetchall():
        for seq, line, row_id, source_id, post in found:
            refused = RefusedRow(line, source_id, "community_missing", COMMUNITY_MISSING, orjson.loads(post), row_id)
            staging.connection.execute("DELETE FROM rows WHERE seq = ?", (seq,))
            staging.refuse(seq, refused)
    count, line = staging.connection.execute(
        "SELECT count(*), min(line) FROM rows WHERE parent = ?", (zero,)
    ).fetchone()
    if count:
        findings.remarks["parent_zero"] = FirstSeen(count, line)
        staging.connection.execute("UPDATE rows SET parent = NULL WHERE parent = ?", (zero,))
