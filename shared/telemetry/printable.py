"""Makes texts of other processes safe for a terminal: no control codes, and nothing that turns a line around."""

from typing import Any


def one_line(text: str) -> str:
    """Return the text with a space for every character that is not printable."""
    return text if text.isprintable() else "".join(character if character.isprintable() else " " for character in text)


def printable_values(value: Any) -> Any:
    """Return a JSON value in which every text, also of keys, is one printable line."""
    match value:
        case dict():
            return {printable_values(key): printable_values(inner) for key, inner in value.items()}
        case list():
            return [printable_values(inner) for inner in value]
        case str():
            return one_line(value)
    return value
