"""Edge values, and every document that has one of them in one field, or lacks or repeats a field."""

import copy
import json
from collections.abc import Iterator
from typing import Any

# Text that json.dumps cannot write: it stands for a number that no float can hold.
TOO_LARGE = "<1e400>"
LONG = "x" * 1_000_000


def _nested(depth: int) -> Any:
    inside: Any = "deep"
    for _ in range(depth):
        inside = [inside]
    return inside


INTEGERS = {
    f"{sign}2^{bits}{extra}": int(sign + "1") * 2**bits + int(extra or 0)
    for sign in ("+", "-")
    for bits in (31, 53, 63)
    for extra in ("", "+1", "-1")
} | {"zero": 0, "minus one": -1, "10^25": 10**25, "-10^25": -(10**25)}
NUMBERS: dict[str, Any] = {
    **INTEGERS,
    "-0.0": -0.0,
    "a half": 0.5,
    "1e308": 1e308,
    "1e400": TOO_LARGE,
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}
TEXTS: dict[str, Any] = {
    "empty": "",
    "a space": " ",
    "NUL": "a\x00b",
    "1 MB": LONG,
    "a lone surrogate": "a\ud800b",
    "bidi": "a\u202eb\u2066c",
    "line breaks": "a\r\nNats-Rollup: all",
    "an escape sequence": "\x1b[2J",
    "a line separator": "a\u2028b",
    "wildcards": ">",
    "a star": "*",
    "a dot": "a.b",
    "a path": "../../etc/passwd",
    "NaN in text": "NaN",
    "infinity in text": "-Infinity",
    "digits": "9" * 40,
    "hexadecimal": "0x7f",
    "another id": "not-an-id",
    "emoji": "\U0001f345" * 300,
    "sealed by nobody": "s1.AAAA",
}
TIMES: dict[str, Any] = {
    "before the calendar": "0001-01-01T00:00:00+14:00",
    "after the calendar": "9999-12-31T23:59:59-14:00",
    "the first moment": "0001-01-01T00:00:00Z",
    "the last moment": "9999-12-31T23:59:59.999999Z",
    "no zone": "2026-01-02T03:04:05",
    "no time": "2026-13-45",
    "a leap second": "2026-06-30T23:59:60Z",
}
SHAPES: dict[str, Any] = {
    "null": None,
    "true": True,
    "no list": {},
    "an empty list": [],
    "a list": [None, 1, "x"],
    "an object": {"a": {"b": [1]}, "": None},
    "a long list": [1] * 20_000,
    "deep": _nested(400),
    "many keys": {f"k{number}": 0.5 for number in range(5000)},
}
EDGES: dict[str, Any] = {**NUMBERS, **TEXTS, **TIMES, **SHAPES}


def encoded(document: Any) -> bytes:
    """Return the JSON bytes; lone surrogates, NaN and numbers beyond any float are written as they are."""
    return json.dumps(document).replace(f'"{TOO_LARGE}"', "1e400").encode()


def places(document: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every value in a document, the outer ones first."""
    match document:
        case dict():
            inner: list[tuple[str | int, Any]] = list(document.items())
        case list():
            inner = list(enumerate(document))
        case _:
            inner = []
    for key, value in inner:
        yield (*path, key)
        yield from places(value, (*path, key))


def variants(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a label and a copy of the document for every field and edge value, and without or beside each field."""
    for path in places(document):
        name = ".".join(map(str, path))
        for label, edge in EDGES.items():
            yield f"{name} = {label}", changed(document, path, edge)
        if isinstance(path[-1], str):
            yield f"no {name}", without(document, path)
    yield "an extra field", document | {"zzz": LONG[:1000]}


def changed(document: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """Return a copy with one value replaced."""
    made = copy.deepcopy(document)
    _parent(made, path)[path[-1]] = value
    return made


def without(document: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    """Return a copy without one field."""
    made = copy.deepcopy(document)
    del _parent(made, path)[path[-1]]
    return made


def _parent(document: Any, path: tuple[str | int, ...]) -> Any:
    for key in path[:-1]:
        document = document[key]
    return document
