"""Ottit's own import format: `id`, `community`, `text` and optional fields."""

from typing import Any

from deploy.cli.importing.presets.values import is_true
from deploy.cli.importing.source.rows import Draft

ID, NAME = "id", "ottit"


def fits(fields: dict[str, Any]) -> bool:
    """Return whether the row is in Ottit's own format."""
    return "text" in fields or ("community" in fields and ("title" in fields or "url" in fields))


def draft_of(fields: dict[str, Any]) -> Draft:
    """Return the post that the row describes."""
    get = fields.get
    known = "text" in fields or "url" in fields or "title" in fields
    return Draft(
        id=get("id"), source_id=get("id"), community=get("community"), title=get("title"), url=get("url"),
        text=get("text") if known else ..., author=get("author"), author_id=get("author_id"),
        created_at=get("created_at"), score=get("score"), parent_id=get("parent_id"),
        removed=is_true(get("removed")),
    )  # fmt: skip
