"""Finds the format of a row by its fields. A file may mix formats."""

from collections.abc import Callable
from typing import Any

from deploy.cli.importing.presets import discourse, hacker_news, lemmy, plain, reddit, stack_exchange
from deploy.cli.importing.source.rows import Draft, Skipped

Reader = Callable[[dict[str, Any]], Draft | Skipped]
PRESETS: dict[str, tuple[Callable[[dict[str, Any]], bool], Reader]] = {
    reddit.NAME: (reddit.fits, reddit.draft_of),
    hacker_news.NAME: (hacker_news.fits, hacker_news.draft_of),
    stack_exchange.NAME: (stack_exchange.fits, stack_exchange.draft_of),
    discourse.NAME: (discourse.fits, discourse.draft_of),
    lemmy.NAME: (lemmy.fits, lemmy.draft_of),
    plain.NAME: (plain.fits, plain.draft_of),
}
# The fields by which each format is recognized, for messages.
NEEDED = {
    "reddit": "subreddit with body, selftext or title",
    "hn": "type (story, comment, job, poll) with by, time or timestamp",
    "stackexchange": "PostTypeId, or PostId with Text",
    "discourse": "topic_id with post_number",
    "lemmy": "post or comment with creator; or path with post_id, or name with community_id",
    "ottit": "id, community and text",
}


def format_of(fields: dict[str, Any]) -> str | None:
    """Return the name of the row's format; None if no format has these fields."""
    return next((name for name, (fits, _) in PRESETS.items() if fits(fields)), None)


def read_as(name: str, fields: dict[str, Any]) -> Draft | Skipped | None:
    """Read a row in one format; None if it lacks the format's fields."""
    fits, reader = PRESETS[name]
    return reader(fields) if fits(fields) or name == plain.NAME else None


def unwrapped(fields: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows in an answer of an API, such as a listing of Reddit or a topic of Discourse; else the row."""
    topic = discourse.unwrapped(fields)
    if topic is not None:
        return topic
    data = fields.get("data")
    if fields.get("kind") == "Listing" and isinstance(data, dict):
        children = data.get("children") or []
        return [child["data"] for child in children if isinstance(child, dict) and isinstance(child.get("data"), dict)]
    if fields.get("kind") in ("t1", "t3") and isinstance(data, dict):
        return [data]
    for name in ("latest_posts", "posts", "comments", "data", "items", "results", "rows"):
        rows = fields.get(name)
        if isinstance(rows, list) and all(isinstance(row, dict) for row in rows) and "id" not in fields:
            return rows
    return [fields]
