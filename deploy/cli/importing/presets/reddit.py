"""Posts and comments of Reddit: Pushshift's monthly dumps (.zst of JSON Lines), and listings of Reddit's API.

Ids get Reddit's kind as a prefix (`t3_` a post, `t1_` a comment), as `parent_id` and `link_id` have it. Texts are
Markdown in which `<`, `>` and `&` are entities.
"""

import re
from typing import Any

from deploy.cli.importing.source.rows import Draft

NAME = "reddit"


def fits(fields: dict[str, Any]) -> bool:
    """Return whether the row is a post or comment of Reddit."""
    return "subreddit" in fields and ("body" in fields or "selftext" in fields or "title" in fields)


def draft_of(fields: dict[str, Any]) -> Draft:
    """Return the post that the row describes."""
    get = fields.get
    comment = "body" in fields
    kept = str(get("author") or "")
    removed = bool(get("removed_by_category")) and not get("selftext")
    own_page = bool(get("is_self")) or str(get("domain", "")).startswith("self.")
    return Draft(
        id=_full_id(get("name") or get("id"), comment), source_id=get("name") or get("id"),
        community=get("subreddit"), title=None if comment else get("title"), url=None if own_page else get("url"),
        text=get("body") if comment else get("selftext"), author=kept, author_id=kept and f"reddit:{kept}",
        created_at=get("created_utc", get("created")), score=get("score"),
        parent_id=(get("parent_id") or get("link_id")) if comment else None, markup="entities",
        removed=removed and not comment,
    )  # fmt: skip


def _full_id(short: object, comment: bool) -> object:
    if short is None or short == "" or re.match(r"t[1-6]_", str(short)):
        return short
    return f"{'t1' if comment else 't3'}_{short}"
