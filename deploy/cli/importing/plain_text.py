"""Cleans texts of other sites: line ends, control characters, lone surrogates, removal marks, lengths."""

import hashlib
import re
from collections.abc import Callable

from shared.security.text_rules import without_refused

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
SURROGATE = re.compile("[\ud800-\udfff]")
# The texts that sites show instead of a removed text or a deleted account.
REMOVED = re.compile(
    r"\[\s*(deleted|removed|ghosted|deleted by user|removed by reddit|removed by moderator"
    r"|deleted by moderator|removed by mod|flagged|dead|\[deleted\])\s*\]|\*?Permanently Deleted\*?"
    r"|\\\[(deleted|removed)\\\]",
    re.IGNORECASE,
)
Say = Callable[[str], None]


def cleaned(text: str, say: Say) -> str:
    """Return a text with LF line ends, without control characters and lone surrogates. `say` gets remark codes."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    if CONTROL.search(text):
        say("control_removed")
        text = CONTROL.sub("", text)
    if SURROGATE.search(text):
        say("surrogate_replaced")
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # joins pairs of escapes
    return text


def cleaned_line(text: str, say: Say) -> str:
    """Return a cleaned text in one line, without characters that a name or a title may not contain."""
    line = " ".join(cleaned(text, say).split())
    kept = without_refused(line)
    if kept != line:
        say("hidden_removed")
    return " ".join(kept.split())


def is_removed(text: object) -> bool:
    """Return whether a text says that the original was removed."""
    return isinstance(text, str) and bool(REMOVED.fullmatch(text.strip()))


def shortened(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters, cut between words if there is a space near the end."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    return f"{cut[:space] if space > limit * 3 // 4 else cut}…"


def short_name(name: str, limit: int) -> str:
    """Return a name of at most `limit` characters; a longer one ends in a hash, so that two names stay different."""
    if len(name) <= limit:
        return name
    return f"{name[: limit - 17]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
