"""Rows of an import: what a file says, and what is sent to the gateway or refused."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

Markup = Literal["plain", "html", "entities"]


@dataclass(frozen=True)
class Record:
    """A row as the file has it, with the number of the line where it starts."""

    line: int
    fields: dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A row to import. `post` has only the fields that the gateway accepts; `source_id`: the id as the file has it."""

    line: int
    id: str
    post: dict[str, Any]
    source_id: str = ""

    @property
    def parent(self) -> str | None:
        """The id of the post that this one answers."""
        parent: str | None = self.post.get("parent_id")
        return parent


@dataclass(frozen=True)
class RefusedRow:
    """A refused row, with a stable code and a reason. `row`: its fields, or its line, as far as it could be read.

    `row_id`: its id as answers to it would name it, if it could be read.
    """

    line: int
    id: str
    code: str
    reason: str
    row: Any = None
    row_id: str | None = None


@dataclass(frozen=True)
class Skipped:
    """A row that is no post, such as a wiki page of tags. `kind` names it."""

    kind: str


@dataclass(frozen=True)
class Draft:
    """A post as a site's dump describes it, with the values unchecked. `markup`: the text's, `removed`: a flag says so.

    `author_id` tells authors of the same name apart; `source_id` is the id as the file has it.
    """

    id: object
    source_id: object
    text: object
    community: object = None
    title: object = None
    url: object = None
    author: object = None
    author_id: object = None
    created_at: object = None
    score: object = None
    parent_id: object = None
    markup: Markup = "plain"
    removed: bool = False


@dataclass
class FirstSeen:
    """The number of times that something was found, and the first place."""

    count: int
    line: int
    example: str = ""


@dataclass
class Findings:
    """Remarks about accepted rows by code, and the number of rows by format."""

    remarks: dict[str, FirstSeen] = field(default_factory=dict)
    formats: Counter[str] = field(default_factory=Counter)

    def remark(self, code: str, line: int, example: str = "") -> None:
        """Count a remark; the first one keeps its line."""
        shown = example.encode("utf-8", "replace").decode()  # a date may have lone surrogates
        seen = self.remarks.setdefault(code, FirstSeen(0, line, shown))
        seen.count += 1
