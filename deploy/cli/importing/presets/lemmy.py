"""Posts and comments of Lemmy: lists of its API (`/api/v3/post/list`, `/comment/list`), and rows of its tables.

Texts are Markdown. A comment's `path` names its ancestors: `0.12.15` is comment 15, an answer to comment 12.
"""

from typing import Any

from deploy.cli.importing.presets.values import is_true, whole
from deploy.cli.importing.source.rows import Draft

NAME = "lemmy"


def fits(fields: dict[str, Any]) -> bool:
    """Return whether the row is a post or comment of Lemmy."""
    inner = fields.get("comment", fields.get("post"))
    if isinstance(inner, dict):
        return "creator" in fields or "ap_id" in inner or "path" in inner
    return ("path" in fields and "post_id" in fields) or ("name" in fields and "community_id" in fields)


def draft_of(fields: dict[str, Any]) -> Draft:
    """Return the post that the row describes."""
    comment, post = fields.get("comment"), fields.get("post")
    own = comment if isinstance(comment, dict) else post if isinstance(post, dict) else fields
    get = own.get
    is_comment = "path" in own
    number = get("id")
    author, key = _author(fields.get("creator"), get("creator_id"))
    counts = fields.get("counts")
    return Draft(
        id=_id("comment" if is_comment else "post", number), source_id=number,
        community=_community(fields.get("community"), None if is_comment else get("community_id")),
        title=None if is_comment else get("name"), url=None if is_comment else get("url"),
        text=get("content") if is_comment else get("body"), author=author, author_id=key,
        created_at=get("published"), score=counts.get("score") if isinstance(counts, dict) else get("score"),
        parent_id=_parent(str(get("path")), get("post_id")) if is_comment else None,
        removed=is_true(get("deleted")) or is_true(get("removed")),
    )  # fmt: skip


def _id(kind: str, number: object) -> object:
    return f"lemmy:{kind}:{whole(number)}" if number not in (None, "") else None


def _parent(path: str, post_id: object) -> object:
    ancestors = path.split(".")[1:-1]
    return _id("comment", ancestors[-1]) if ancestors else _id("post", post_id) or ...


def _author(creator: object, creator_id: object) -> tuple[object, object]:
    if isinstance(creator, dict) and creator.get("name"):
        name = creator["name"]
        return name, f"lemmy:{creator.get('actor_id') or name}"
    return (f"user{creator_id}", f"lemmy:{creator_id}") if creator_id not in (None, "") else (None, None)


def _community(community: object, number: object) -> object:
    if isinstance(community, dict) and (community.get("name") or community.get("title")):
        return community.get("name") or community.get("title")
    return f"Community {number}" if number not in (None, "") else None
