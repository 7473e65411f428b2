"""The characters that texts may contain. Every text field of the API, of imports and of the command line obeys them.

| characters | in a line (names, titles) | in prose (bodies, reasons, guidelines) |
|---|---|---|
| NUL, other C0 and C1 controls, DEL, lone surrogates | refused | refused, except white space (tab, line ends) |
| controls of the writing direction (U+202A–202E, U+2066–2069) | refused | stored; clients show them as marks |
| tag characters outside a flag, format characters without any use | refused | stored; clients show them as marks |
| only spaces, fillers and characters without width | refused | refused where somebody must read it |

Names of users and communities are ASCII by their pattern. `client/src/ui/visible-characters.ts` shows what is stored.
Directions and hidden text: https://www.unicode.org/reports/tr36/ and https://trojansource.codes.
"""

import re
from typing import Literal

from shared.content import is_blank

TextFault = Literal["control_character", "direction_control", "hidden_character", "shows_nothing"]

MESSAGES: dict[TextFault, str] = {
    "control_character": "must not contain control characters or lone surrogates; a name or title has one line",
    "direction_control": "must not contain characters that change the writing direction",
    "hidden_character": "must not contain hidden characters",
    "shows_nothing": "must contain something that can be seen",
}
# White space that texts from other programs contain: tab, line feed, vertical tab, form feed, return, next line.
_CONTROL_IN_PROSE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_CONTROL_IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_FORMAT = re.compile("[\u206a-\u206f\ufff9-\ufffb]")
# A flag of a region is a black flag, up to six tags, and an end tag. Other tags are invisible text.
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")
_TAG = re.compile("[\U000e0000-\U000e007f]")


class RefusedText(ValueError):
    """A text with a character that its field may not contain, or without anything to see."""

    def __init__(self, code: TextFault) -> None:
        super().__init__(MESSAGES[code])
        self.code: TextFault = code


def check_line(text: str) -> str:
    """Return a name or a title; it may be empty.

    Raises:
        RefusedText: it is not one visible line.
    """
    if text.isascii() and text.isprintable() and not text.isspace():
        return text
    _refuse_if(bool(_CONTROL_IN_LINE.search(text)), "control_character")
    _refuse_if(bool(_DIRECTION.search(text)), "direction_control")
    _refuse_if(bool(_FORMAT.search(text) or _TAG.search(_FLAG.sub("", text))), "hidden_character")
    _refuse_if(bool(text) and is_blank(text), "shows_nothing")
    return text


def is_line(text: str) -> bool:
    """Return whether a text is a visible line, or empty."""
    try:
        return check_line(text) == text
    except RefusedText:
        return False


def check_prose(text: str) -> str:
    """Return a text of several lines; it may be empty.

    Raises:
        RefusedText: it has control characters or lone surrogates.
    """
    _refuse_if(bool(_CONTROL_IN_PROSE.search(text)), "control_character")
    return text


def check_shown(text: str) -> str:
    """Return a text of several lines in which there is something to see.

    Raises:
        RefusedText: there is nothing, or `check_prose` refuses it.
    """
    _refuse_if(is_blank(check_prose(text)), "shows_nothing")
    return text


def without_refused(text: str) -> str:
    """Return a line without the characters that `check_line` refuses, for texts that came from elsewhere."""
    for refused in (_CONTROL_IN_LINE, _DIRECTION, _FORMAT):
        text = refused.sub("", text)
    if _TAG.search(_FLAG.sub("", text)):
        text = _TAG.sub("", text)
    return "" if is_blank(text) else text


def _refuse_if(found: bool, code: TextFault) -> None:
    if found:
        raise RefusedText(code)
