"""Builds rows that the gateway accepts from records, and says what was assumed or changed."""

import re
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from deploy.cli.importing.dates import read_date
from deploy.cli.importing.detection import NEEDED, format_of, read_as
from deploy.cli.importing.html_to_markdown import basic_entities, html_to_markdown, looks_like_html, unescaped
from deploy.cli.importing.options import Options
from deploy.cli.importing.parent_ids import zero_id
from deploy.cli.importing.plain_text import cleaned, cleaned_line, is_removed, short_name, shortened
from deploy.cli.importing.source.rows import Draft, Findings, Record, RefusedRow, Row, Skipped
from services.gateway.http.schemas import BODY_MAX, TITLE_MAX
from services.gateway.imports.commands import slug_of
from services.gateway.imports.schemas import ImportRow
from shared.content import is_blank
from shared.problems import Invalid
from shared.security.text_rules import is_line

AUTHOR_MAX = COMMUNITY_MAX = 80
ID_MAX = 200
LARGEST_SCORE = 2**31
WHOLE_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d*)?")
WEB_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
COMMUNITY_PREFIX = re.compile(r"^(/?r/|/?c/|!)(?=\S)", re.IGNORECASE)


class _Refusal(Exception):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class RowBuilder:
    """Builds rows. `now`: dates ahead of it are clamped to it. `findings` collects what is worth saying."""

    def __init__(self, options: Options, now: datetime, findings: Findings) -> None:
        self._options = options
        self._now = now
        self.findings = findings

    def build(self, record: Record) -> Row | RefusedRow | None:
        """Return the row for a record; None for a record that is no post."""
        fields = record.fields
        name = self._options.format or format_of(fields)
        draft = read_as(name, fields) if name else None
        if name is None or draft is None:
            wanted = f"the format {name} needs {NEEDED[name]}" if name else "no format has these fields"
            names = ", ".join(map(str, list(fields)[:12]))[:200]
            return RefusedRow(record.line, _shown_id(fields), "format", f"{wanted}; the row has: {names}", fields)
        if isinstance(draft, Skipped):
            self.findings.remark("no_post", record.line, draft.kind)
            return None
        row_in_progress = _RowInProgress(record.line, draft, self._options, self._now)
        try:
            row = row_in_progress.finished()
        except _Refusal as refusal:
            shown, row_id = _shown(draft.source_id), row_in_progress.id or None
            return RefusedRow(record.line, shown, refusal.code, str(refusal), fields, row_id)
        for code, example in row_in_progress.remarks:
            self.findings.remark(code, record.line, example)
        self.findings.formats[name] += 1
        return row


class _RowInProgress:
    """One row while its fields are read."""

    def __init__(self, line: int, draft: Draft, options: Options, now: datetime) -> None:
        self._line, self._draft, self._options, self._now = line, draft, options, now
        self.id = ""
        self.remarks: list[tuple[str, str]] = []  # codes and examples, which count only if the row is accepted

    def finished(self) -> Row:
        """Return the row, or raise _Refusal."""
        draft = self._draft
        self.id = self._identifier("id", draft.id) or ""
        if not self.id:
            raise _Refusal("id_missing", "id: the row has none. Each row needs one, so that a repeat is recognized")
        post: dict[str, Any] = {"id": self.id}
        if draft.parent_id is ...:
            raise _Refusal("parent_missing", "parent: the comment does not say what it answers")
        parent = self._identifier("parent_id", draft.parent_id)
        if parent:
            post["parent_id"] = parent
        self._put(post, "community", self._community(parent))
        reading = self._date()
        if reading is not None:
            post["created_at"] = reading
        post["score"] = self._score()
        self._put_text(post, comment=parent not in (None, zero_id(self._options.site)))
        if not post.get("removed"):
            self._put_author(post)
        try:
            ImportRow.model_validate(post)
        except ValidationError as error:  # a rule of the gateway's that this module does not know
            first = error.errors()[0]
            raise _Refusal("invalid", f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        return Row(self._line, self.id, post, _shown(draft.source_id))

    def _say(self, code: str, example: str = "") -> None:
        if code not in dict(self.remarks):
            self.remarks.append((code, example))

    @staticmethod
    def _put(post: dict[str, Any], name: str, value: object) -> None:
        if value:
            post[name] = value

    def _identifier(self, name: str, value: object) -> str | None:
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise _Refusal("id_invalid", f"{name}: {value!r:.60} is no id")
        text = str(value).strip()
        if not is_line(text):
            raise _Refusal("id_invalid", f"{name}: {text!r:.60} has control or hidden characters, or lone surrogates")
        if text and self._options.site:
            text = f"{self._options.site}/{text}"
        if len(text) > ID_MAX:
            self._say("id_shortened", text[:60])
        return short_name(text, ID_MAX) or None

    def _name(self, name: str, value: object) -> str:
        """Return a short text in one line."""
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise _Refusal(f"{name}_invalid", f"{name}: {value!r:.60} is no text")
        return cleaned_line(str(value), self._say)

    def _community(self, parent: str | None) -> str:
        name = self._options.community or self._name("community", self._draft.community)
        name = COMMUNITY_PREFIX.sub("", name)
        if not name and parent is None:
            raise _Refusal("community_missing", "community: the row has none. Name one for all rows: --community NAME")
        if len(name) > COMMUNITY_MAX:
            self._say("community_shortened", name[:60])
        name = short_name(name, COMMUNITY_MAX)
        try:
            slug_of(name or "comment")
        except Invalid as error:
            raise _Refusal(error.code, f"community: {error.detail}") from error
        return name

    def _date(self) -> datetime | None:
        try:
            reading = read_date(self._draft.created_at, self._now)
        except ValueError as error:
            raise _Refusal("created_at_invalid", f"created_at: {error}") from error
        for remark in reading.remarks:
            self._say(remark, str(self._draft.created_at or "")[:60])
        return reading.moment

    def _score(self) -> int:
        value = self._draft.score
        if value is None or value == "":
            return 0
        if isinstance(value, bool) or not WHOLE_NUMBER.fullmatch(str(value).strip()):
            raise _Refusal("score_invalid", f"score: {value!r:.60} is no whole number")
        score = int(str(value).strip().partition(".")[0] or 0)
        if abs(score) >= LARGEST_SCORE:
            raise _Refusal("score_invalid", f"score: {score} is beyond ±{LARGEST_SCORE - 1}")
        return score

    def _put_author(self, post: dict[str, Any]) -> None:
        name = self._name("author", self._draft.author)
        if is_blank(name) or is_removed(name):
            self._say("author_unknown")
            return
        key = self._name("author_id", self._draft.author_id) or name
        if len(name) > AUTHOR_MAX:
            self._say("author_shortened", name[:60])
        post["author"] = short_name(name, AUTHOR_MAX)
        if self._options.site:
            key = f"{self._options.site}/{key}"
        if key != post["author"]:
            post["author_id"] = short_name(key, ID_MAX)

    def _put_text(self, post: dict[str, Any], *, comment: bool) -> None:
        draft = self._draft
        if draft.text is ...:
            raise _Refusal("text_missing", "text: the row has neither text nor title nor url")
        title, text, url = (self._text(name, getattr(draft, name)) for name in ("title", "text", "url"))
        if url and not WEB_ADDRESS.fullmatch(url):
            self._say("url_left_out", url[:60])
            url = ""
        if draft.removed or is_removed(text) or is_removed(title) or not (title or text or url):
            self._say("removed")
            post.update(text="", removed=True)
            return
        title, text = self._converted(title, text)
        if comment and title:
            self._say("comment_title")
            title, text = "", f"**{title}**\n\n{text}".strip()
        if url and url not in text:
            self._say("link")
            text = f"{url}\n\n{text}".strip()
        if len(title) > TITLE_MAX:
            self._say("title_shortened", title[:60])
            title, text = shortened(title, TITLE_MAX), f"{title}\n\n{text}".strip()
        if len(text) > BODY_MAX:
            self._say("text_shortened", f"{len(text)} characters")
        post["text"] = shortened(text, BODY_MAX)
        self._put(post, "title", title)
        if is_blank(title) and is_blank(text):  # only markup without a word, such as an empty paragraph
            self._say("removed")
            post.update(text="", removed=True)

    def _text(self, name: str, value: object) -> str:
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise _Refusal(f"{name}_invalid", f"{name}: {value!r:.60} is no text")
        text = cleaned(str(value), self._say).strip()
        if is_blank(text):
            return ""
        return cleaned_line(text, self._say) if name != "text" else text

    def _converted(self, title: str, text: str) -> tuple[str, str]:
        draft, wanted = self._draft, self._options.html
        if wanted is False:
            return title, text
        if draft.markup == "entities" and not wanted:
            return cleaned_line(basic_entities(title), self._say), cleaned(basic_entities(text), self._say)
        if not (looks_like_html(text) or looks_like_html(title)):
            return title, text
        if not wanted and draft.markup != "html":
            self._say("html_suspected", text[:60])
            return title, text
        self._say("html_converted")
        # A line break of the text may be an entity.
        text = cleaned(html_to_markdown(text), self._say).strip() if looks_like_html(text) else text
        return cleaned_line(unescaped(title), self._say), text


def _shown_id(fields: dict[str, Any]) -> str:
    return _shown(fields.get("id", fields.get("Id")))


def _shown(source_id: object) -> str:
    return "" if source_id is None else str(source_id).encode("utf-8", "replace").decode()[:200]
