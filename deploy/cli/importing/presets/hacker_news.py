"""Items of Hacker News: exports of the BigQuery table `bigquery-public-data.hacker_news.full`, and Firebase items.

Texts are HTML. Dead items were removed by moderators, deleted ones by their authors.
"""

from typing import Any

from deploy.cli.importing.presets.values import is_id, is_true, whole
from deploy.cli.importing.source.rows import Draft, Skipped

NAME = "hn"
COMMUNITY = "Hacker News"
TYPES = frozenset({"story", "comment", "job", "poll", "pollopt"})
SIGNS = frozenset({"by", "time", "deleted", "dead", "descendants", "kids", "timestamp", "ranking"})


def fits(fields: dict[str, Any]) -> bool:
    """Return whether the row is an item of Hacker News."""
    return str(fields.get("type", "")).lower() in TYPES and bool(SIGNS & fields.keys())


def draft_of(fields: dict[str, Any]) -> Draft | Skipped:
    """Return the post that the row describes."""
    get = fields.get
    kind = str(get("type")).lower()
    above = next((one for one in (get("parent"), get("poll") if kind == "pollopt" else None) if is_id(one)), None)
    author = get("by") or get("author")
    if kind in ("comment", "pollopt") and not above and not (get("deleted") or get("dead")):
        return Draft(id=_id(get("id")), source_id=get("id"), text=get("text"), parent_id=..., markup="html")
    return Draft(
        id=_id(get("id")), source_id=get("id"), community=COMMUNITY, url=get("url"), text=get("text"), author=author,
        title=None if above else get("title"), author_id=author and f"hn:{author}",
        created_at=get("time") or get("timestamp") or get("time_ts"), score=get("score"),
        parent_id=_id(above), markup="html", removed=is_true(get("deleted")) or is_true(get("dead")),
    )  # fmt: skip


def _id(number: object) -> object:
    return number if number is None or number == "" else f"hn:{whole(number)}"
