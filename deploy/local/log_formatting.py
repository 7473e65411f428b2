"""Formats log lines for the terminal: services write JSON, the broker its own format, a crash plain text."""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["info", "warning", "error"]
# Fields that the terminal shows elsewhere or that are useless there; the log file has them all.
OMITTED_FIELDS = frozenset({"at", "level", "service", "logger", "event", "trace_id", "exception"})
BROKER_LINE = re.compile(r"\[\d+\] \S+ \S+ \[(?P<level>[A-Z]{3})\] (?P<event>.*)")
# Some libraries write lines of their own at start and end: a time, perhaps a color, then the level.
LIBRARY_INFO = re.compile(r"[\d:,. -]*(\x1b\[\d+m)?(INFO|DEBUG)\b")
BROKER_LEVELS: dict[str, Level] = {"WRN": "warning", "ERR": "error", "FTL": "error"}
SERVICE_LEVELS: dict[str, Level] = {"warning": "warning", "error": "error", "critical": "error"}
# The passwords are 24 random bytes that never leave this machine; bcrypt would slow down every connection.
EXPECTED_WARNINGS = frozenset({"Plaintext passwords detected, use nkeys or bcrypt"})


@dataclass(frozen=True)
class LogLine:
    """The level and text of one line."""

    level: Level
    text: str


def parse_line(text: str) -> LogLine:
    """Parse a line of a process's output. A line that is neither JSON nor the broker's is plain text, often a crash."""
    if text.startswith("{"):
        try:
            return _from_json(json.loads(text))
        except ValueError:
            return _from_text(text)
    if match := BROKER_LINE.fullmatch(text):
        if match["event"] in EXPECTED_WARNINGS:
            return LogLine("info", match["event"])
        return LogLine(BROKER_LEVELS.get(match["level"], "info"), match["event"])
    return _from_text(text)


def _from_json(fields: dict[str, Any]) -> LogLine:
    more = " ".join(f"{name}={value}" for name, value in fields.items() if name not in OMITTED_FIELDS)
    text = f"{_last_line(fields.get('event', ''))} {more}".strip()
    if raised := _last_line(fields.get("exception", "")):
        text += f" ({raised})"
    return LogLine(SERVICE_LEVELS.get(str(fields.get("level", "")), "info"), text)


def _from_text(text: str) -> LogLine:
    """Rate plain text: only the last line of a traceback, which is not indented, is a warning."""
    unimportant = not text.strip() or text[0].isspace() or text.startswith("Traceback ") or LIBRARY_INFO.match(text)
    return LogLine("info" if unimportant else "warning", text)


def _last_line(text: object) -> str:
    """Return the last line: in a traceback, the one with the error."""
    lines = str(text).strip().splitlines()
    return lines[-1] if lines else ""
