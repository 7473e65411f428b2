"""Posts of Discourse: `/t/ID.json` and `/posts.json` of its API, and rows of its table `posts` (Data Explorer, CSV).

A topic's first post has its title; others answer the post `reply_to_post_number`, or the first. `raw` is Markdown;
`cooked` is HTML.
"""

from typing import Any

from deploy.cli.importing.presets.values import is_id, is_true, whole
from deploy.cli.importing.source.rows import Draft, Skipped

NAME = "discourse"
COMMUNITY = "Discourse"


def fits(fields: dict[str, Any]) -> bool:
    """Return whether the row is a post of a topic."""
    return "topic_id" in fields and "post_number" in fields


def draft_of(fields: dict[str, Any]) -> Draft | Skipped:
    """Return the post that the row describes. Notices such as "closed this topic" are no posts."""
    get = fields.get
    if str(get("post_type", 1)) not in ("1", ""):
        return Skipped("Discourse notice or whisper")
    first = whole(get("post_number")) == "1"
    above = get("reply_to_post_number")
    parent = None if first else _id(get("topic_id"), above if is_id(above) else 1)
    author = get("username") or (f"user{get('user_id')}" if get("user_id") not in (None, "") else None)
    raw = get("raw")
    return Draft(
        id=_id(get("topic_id"), get("post_number")), source_id=get("id") or get("post_number"),
        community=get("category_name") or get("category_slug") or get("category") or COMMUNITY,
        title=(get("topic_title") or get("title")) if first else None, parent_id=parent,
        text=raw if raw is not None else get("cooked"), markup="plain" if raw is not None else "html",
        author=author, author_id=author and f"discourse:{author}",
        created_at=get("created_at"), score=_likes(fields),
        removed=bool(get("deleted_at")) or is_true(get("user_deleted")) or is_true(get("hidden")),
    )  # fmt: skip


def unwrapped(fields: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return the posts of a topic as `/t/ID.json` has it; None if this is no topic."""
    stream = fields.get("post_stream")
    posts = stream.get("posts") if isinstance(stream, dict) else None
    if not isinstance(posts, list):
        return None
    about = {"topic_id": fields.get("id"), "topic_title": fields.get("title"), "category": fields.get("category_name")}
    return [about | post for post in posts if isinstance(post, dict)]


def _id(topic: object, number: object) -> object:
    if topic in (None, "") or number in (None, ""):
        return None
    return f"discourse:{whole(topic)}/{whole(number)}"


def _likes(fields: dict[str, Any]) -> object:
    if "like_count" in fields:
        return fields["like_count"]
    actions = fields.get("actions_summary")
    rows = actions if isinstance(actions, list) else []
    return next((one.get("count", 0) for one in rows if isinstance(one, dict) and one.get("id") == 2), 0)
