"""One line of an import file as a row that the gateway takes, or why it cannot be one. Pure."""

from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

from services.gateway.operations.schemas import ImportRow

FIELDS = frozenset(ImportRow.model_fields)


@dataclass(frozen=True)
class Row:
    """A row, in the words of the file. `post` has only fields that the gateway knows."""

    line: int
    id: str
    post: dict[str, Any]


@dataclass(frozen=True)
class Refused:
    """A row that did not go in: a stable code, and the reason in words."""

    line: int
    id: str
    code: str
    reason: str


def read_row(number: int, line: bytes) -> Row | Refused:
    """Read one line. Fields that are null count as absent, fields that nobody knows are left out."""
    try:
        fields = orjson.loads(line.strip().removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        return Refused(number, "", "not_json", str(error))
    if not isinstance(fields, dict):
        return Refused(number, "", "not_json", "the line is not a JSON object")
    post = {name: value for name, value in fields.items() if name in FIELDS and value is not None}
    for name in ("id", "parent_id"):  # numbers are usual as ids
        if isinstance(post.get(name), int):
            post[name] = str(post[name])
    source_id = str(post.get("id", ""))[:200]
    try:
        ImportRow.model_validate(post)
    except ValidationError as error:
        first = error.errors()[0]
        return Refused(number, source_id, "invalid", f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    if not post["text"].strip() and not str(post.get("title", "")).strip():
        return Refused(number, source_id, "empty", "the row has neither text nor title")
    return Row(number, source_id, post)
