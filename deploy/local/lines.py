"""A part's log lines as a person reads them: services write JSON, the broker its own format, a crash plain text."""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["info", "warning", "error"]
# What a reader of the terminal has already, or cannot use there; the file has all of it.
LEFT_OUT = frozenset({"at", "level", "service", "logger", "event", "trace_id", "exception"})
BROKER_LINE = re.compile(r"\[\d+\] \S+ \S+ \[(?P<level>[A-Z]{3})\] (?P<event>.*)")
# Libraries that write their own lines at their start and end: a time, perhaps a color, then the level.
LIBRARY_INFO = re.compile(r"[\d:,. -]*(\x1b\[\d+m)?(INFO|DEBUG)\b")
BROKER_LEVELS: dict[str, Level] = {"WRN": "warning", "ERR": "error", "FTL": "error"}
SERVICE_LEVELS: dict[str, Level] = {"warning": "warning", "error": "error", "critical": "error"}
# Ours are 24 random bytes, never leave this machine, and bcrypt would make every connection wait.
EXPECTED = frozenset({"Plaintext passwords detected, use nkeys or bcrypt"})


@dataclass(frozen=True)
class Line:
    """One line: how much it matters, and its words."""

    level: Level
    words: str


def read_line(text: str) -> Line:
    """What a line of a part's output says. Anything that is neither JSON nor the broker's is a crash's last words."""
    if text.startswith("{"):
        try:
            return _from_json(json.loads(text))
        except ValueError:
            return _from_text(text)
    if match := BROKER_LINE.fullmatch(text):
        if match["event"] in EXPECTED:
            return Line("info", match["event"])
        return Line(BROKER_LEVELS.get(match["level"], "info"), match["event"])
    return _from_text(text)


def _from_json(fields: dict[str, Any]) -> Line:
    more = " ".join(f"{name}={value}" for name, value in fields.items() if name not in LEFT_OUT)
    words = f"{_last_line(fields.get('event', ''))} {more}".strip()
    if raised := _last_line(fields.get("exception", "")):
        words += f" ({raised})"
    return Line(SERVICE_LEVELS.get(str(fields.get("level", "")), "info"), words)


def _from_text(text: str) -> Line:
    """Of a traceback only its last line matters here: the others are indented, or its head."""
    beside = not text.strip() or text[0].isspace() or text.startswith("Traceback ") or LIBRARY_INFO.match(text)
    return Line("info" if beside else "warning", text)


def _last_line(text: object) -> str:
    """Of a traceback the line that says what happened."""
    lines = str(text).strip().splitlines()
    return lines[-1] if lines else ""


class LineSplitter:
    """Cuts a stream of bytes into lines; a line longer than `LONGEST` is cut there."""

    LONGEST = 64 * 1024

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[str]:
        """The lines that this chunk completes."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > self.LONGEST:
            lines, self._rest = [*lines, self._rest], b""
        return [line[: self.LONGEST].decode(errors="replace").rstrip("\r") for line in lines]
