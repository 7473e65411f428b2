"""Turns the HTML of Hacker News, Stack Exchange and Discourse into the Markdown that the client shows."""

import re
from html import unescape
from html.parser import HTMLParser

ENTITY = re.compile(r"&(#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d{0,2});", re.IGNORECASE)
TAG = re.compile(
    r"</?(p|i|b|u|a|em|strong|code|pre|br|hr|blockquote|ul|ol|li|h[1-6]|div|span|img|del|s|strike|sup|sub|kbd|table"
    r"|tr|td|th|thead|tbody|aside|details|summary|figure|cite|q|small)(\s[^<>]*)?/?>",
    re.IGNORECASE,
)
BLOCKS = frozenset({"p", "div", "table", "tr", "aside", "details", "summary", "figure", "hr", "section", "article"})
MARKS = {"i": "*", "em": "*", "b": "**", "strong": "**"}
HIDDEN = frozenset({"script", "style", "svg", "iframe", "head", "title", "template"})
# The client shows quotes to this depth; deeper ones would be shown as text.
DEEPEST_QUOTE = 4
# Above any real text; deeper nesting is an attack or damage.
DEEPEST_LIST = 20


def looks_like_html(text: str) -> bool:
    """Return whether a text has HTML tags or entities."""
    return bool(TAG.search(text) or ENTITY.search(text))


def basic_entities(text: str) -> str:
    """Replace `&lt;`, `&gt;` and `&amp;`, which Reddit writes for `<`, `>` and `&` in Markdown."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def html_to_markdown(html: str) -> str:
    """Return a text with HTML as Markdown. Unknown tags are left out and their text is kept.

    Line breaks are kept: in Markdown as in HTML, a single one only separates words.
    """
    converter = _Converter()
    converter.feed(_without_open_ends(html))
    converter.close()
    return converter.result()


def _without_open_ends(html: str) -> str:
    """Return HTML in which what begins a comment or a tag and is never closed is text.

    The parser of the standard library searches for the end of each one to the end of the text, in quadratic time.
    """
    for opening, closing in (("<!--", "-->"), ("<", ">")):
        whole = html.rfind(closing) + len(closing) if closing in html else 0
        html = html[:whole] + html[whole:].replace(opening, "&lt;" + opening[1:])
    return html


class _Converter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._done: list[str] = []  # finished lines
        self._line = ""
        self._quotes = 0
        self._lists: list[int] = []  # 0: bullets; otherwise the number of the last item
        self._links: list[tuple[str, int]] = []  # each with the length of the line where its text starts
        self._marks: list[tuple[str, int]] = []
        self._pre = False
        self._code_at: int | None = None
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Start a block, a mark or a link."""
        if tag in HIDDEN:
            self._hidden += 1
        elif self._pre or self._hidden:
            return
        elif tag == "pre":
            self._block()
            self._pre = True
            self._emit("```")
        elif tag == "code":
            self._code_at = len(self._line)
        elif tag in MARKS:
            self._marks.append((MARKS[tag], len(self._line)))
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self._line)))
        elif tag == "img":
            self._image(dict(attrs))
        else:
            self._start_block(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Treat `<p/>` like `<p>`, but hide nothing after `<script/>`."""
        if tag not in HIDDEN and tag != "pre":
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """End a block, a mark or a link."""
        if tag in HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif self._pre:
            self._end_pre(tag)
        elif tag == "code" and self._code_at is not None:
            start, self._code_at = self._code_at, None
            self._wrap(start, "`", "`", code=True)
        elif tag in MARKS and self._marks:
            mark, start = self._marks.pop()
            self._wrap(start, mark, mark)
        elif tag == "a" and self._links:
            self._end_link()
        elif tag == "blockquote":
            self._flush()
            while self._quotes and self._done and not self._done[-1].strip(" >"):
                self._done.pop()
            self._quotes = max(0, self._quotes - 1)
            self._blank()
        elif tag in ("ul", "ol"):
            self._flush()
            del self._lists[-1:]
            if not self._lists:
                self._blank()
        elif tag in ("td", "th"):
            self._line += " | "
        elif tag in BLOCKS or re.fullmatch(r"h[1-6]", tag):
            self._block()

    def handle_data(self, data: str) -> None:
        """Add text."""
        if self._hidden:
            return
        data = data.replace("\xa0", " ")
        first, *others = data.split("\n")
        self._line += first
        for line in others:
            self._flush(keep=self._pre)
            self._line = line if self._pre else line.lstrip()

    def result(self) -> str:
        """Return the Markdown."""
        if self._pre:
            self._end_pre("pre")
        self._flush()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in self._done)).strip("\n ")

    def _start_block(self, tag: str) -> None:
        if tag == "br":
            self._flush(keep=True)
        elif tag == "blockquote":
            self._block()
            self._quotes += 1
        elif tag in ("ul", "ol"):
            self._flush()
            if not self._lists:
                self._blank()
            if len(self._lists) < DEEPEST_LIST:
                self._lists.append(1 if tag == "ol" else 0)
        elif tag == "li":
            self._flush()
            number = self._lists[-1] if self._lists else 0
            self._line = f"{number}. " if number else "- "
            if number:
                self._lists[-1] += 1
        elif re.fullmatch(r"h[1-6]", tag):
            self._block()
            self._line = "#" * int(tag[1]) + " "
        elif tag in BLOCKS:
            self._block()

    def _end_pre(self, tag: str) -> None:
        if tag == "pre":
            if self._line:
                self._flush(keep=True)
            self._pre = False
            self._emit("```")
            self._blank()

    def _end_link(self) -> None:
        href, start = self._links.pop()
        text = self._line[start:] if start <= len(self._line) else ""
        if not re.match(r"https?://[^\s]+$", href, re.IGNORECASE):
            return
        shown = text.strip().rstrip("….")
        if not shown or href.replace("&amp;", "&").startswith(shown) or shown in href:
            self._line = self._line[: max(0, start)] + href if start <= len(self._line) else self._line + href
            return
        label = re.sub(r"[\[\]]", "", text).strip()[:300] or href
        self._line = f"{self._line[:start]}[{label}]({href.replace(')', '%29')})"

    def _image(self, attributes: dict[str, str | None]) -> None:
        source = attributes.get("src") or ""
        if re.match(r"https?://[^\s]+$", source, re.IGNORECASE):
            label = re.sub(r"[\[\]\n]", "", attributes.get("alt") or "image").strip()[:300] or "image"
            self._line += f"[{label}]({source.replace(')', '%29')})"
        else:
            self._line += attributes.get("alt") or ""

    def _wrap(self, start: int, before: str, after: str, *, code: bool = False) -> None:
        """Put marks around the text since `start`, within the line: Markdown's marks end with it."""
        if start > len(self._line):
            return
        text = self._line[start:]
        inner = text.replace("`", "'") if code else text.strip()
        if not inner.strip():
            return
        lead = "" if code else text[: len(text) - len(text.lstrip())]
        trail = "" if code else text[len(text.rstrip()) :]
        self._line = f"{self._line[:start]}{lead}{before}{inner}{after}{trail}"

    def _block(self) -> None:
        if self._line.strip() in ("-", "") or re.fullmatch(r"(\d+\.|#+)\s*", self._line):
            return  # `<li><p>`: the text of the item follows
        self._flush()
        if not self._lists:
            self._blank()

    def _flush(self, *, keep: bool = False) -> None:
        """End the line. Open marks and links end with it."""
        if self._line.strip() or keep:
            self._emit(self._line)
        self._line = ""
        self._code_at = None if self._code_at is None else 0
        self._marks = [(mark, 0) for mark, _ in self._marks][-DEEPEST_LIST:]
        self._links = [(href, 0) for href, _ in self._links][-DEEPEST_LIST:]

    def _blank(self) -> None:
        if self._done and self._done[-1].strip(" >"):
            self._emit("")

    def _emit(self, line: str) -> None:
        self._done.append("> " * min(self._quotes, DEEPEST_QUOTE) + line)


def unescaped(text: str) -> str:
    """Replace the entities of a title, which has no tags."""
    return unescape(text)
