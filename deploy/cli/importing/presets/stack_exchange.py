"""Questions, answers and comments of Stack Exchange: `Posts.xml` and `Comments.xml` of its data dump.

Posts are HTML, comments Markdown. Both kinds count their ids from 1, so comments get a prefix.
"""

from typing import Any

from deploy.cli.importing.presets.values import whole
from deploy.cli.importing.source.rows import Draft, Skipped

NAME = "stackexchange"
COMMUNITY = "Stack Exchange"
QUESTION, ANSWER = "1", "2"


def fits(fields: dict[str, Any]) -> bool:
    """Return whether the row is one of the data dump's posts or comments."""
    return "PostTypeId" in fields or ("PostId" in fields and "Text" in fields)


def draft_of(fields: dict[str, Any]) -> Draft | Skipped:
    """Return the post that the row describes. Wiki pages and the like are no posts."""
    get = fields.get
    if "PostTypeId" in fields and whole(get("PostTypeId")) not in (QUESTION, ANSWER):
        return Skipped(f"Stack Exchange post of type {get('PostTypeId')} (neither question nor answer)")
    if "PostTypeId" in fields:
        question = whole(get("PostTypeId")) == QUESTION
        name, key = _author(get("OwnerDisplayName"), get("OwnerUserId"))
        return Draft(
            id=_id("se", get("Id")), source_id=get("Id"), community=COMMUNITY, text=get("Body"), markup="html",
            title=get("Title") if question else None, author=name, author_id=key, created_at=get("CreationDate"),
            score=get("Score"), parent_id=None if question else _id("se", get("ParentId")) or ...,
        )  # fmt: skip
    name, key = _author(get("UserDisplayName"), get("UserId"))
    return Draft(
        id=_id("se-comment", get("Id")), source_id=get("Id"), community=COMMUNITY, text=get("Text"),
        author=name, author_id=key, created_at=get("CreationDate"), score=get("Score"),
        parent_id=_id("se", get("PostId")) or ...,
    )  # fmt: skip


def _id(kind: str, number: object) -> object:
    return f"{kind}:{whole(number)}" if number not in (None, "") else None


def _author(name: object, user_id: object) -> tuple[object, object]:
    """Return the author's name and key. The dump has names in another file, `Users.xml`, unless the user is gone."""
    if user_id not in (None, ""):
        return name or f"user{user_id}", f"se:{user_id}"
    return name, name and f"se:{name}"
