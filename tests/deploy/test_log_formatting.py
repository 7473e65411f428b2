"""Log lines of processes on the terminal."""

import io
import json

import pytest

from deploy.local.log_formatting import LogLine, parse_line
from deploy.local.process import LineSplitter
from deploy.local.terminal import MAX_LINES_PER_SECOND, Terminal


def service_line(**fields: object) -> str:
    return json.dumps({"at": "2026-01-02T03:04:05", "service": "ranking", "logger": "x"} | fields)


def test_a_service_line_has_level_event_and_fields() -> None:
    text = service_line(level="error", event="a view is stopped by an error", stream="EVENTS", trace_id="ab")
    line = parse_line(text)

    assert line == LogLine("error", "a view is stopped by an error stream=EVENTS")


def test_only_the_last_line_of_an_exception_is_shown() -> None:
    line = parse_line(service_line(level="error", event="failed", exception="Traceback:\n  file\nKeyError: 'x'\n"))

    assert line.text == "failed (KeyError: 'x')"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (service_line(level="info", event="started"), "info"),
        (service_line(level="critical", event="x"), "error"),
        ("[17] 2026/11/23 01:30:14.683504 [INF] Server is ready", "info"),
        ("[17] 2026/11/23 01:30:14.683504 [WRN] slow disk", "warning"),
        ("[17] 2026/11/23 01:30:14.683504 [FTL] no", "error"),
        ("Traceback (most recent call last):", "info"),
        ('  File "x.py", line 1', "info"),
        ("ModuleNotFoundError: No module named 'x'", "warning"),
        ("{not json", "warning"),
        ("2026-11-23 01:30:14,582 \x1b[32mINFO\x1b[0m     - FastStream app started", "info"),
        ("", "info"),
    ],
)
def test_every_kind_of_line_has_its_level(text: str, level: str) -> None:
    assert parse_line(text).level == level


def test_lines_are_complete_however_the_bytes_arrive() -> None:
    splitter = LineSplitter()
    text = "first\nsecönd\n\nlast\n".encode()

    lines = [line for index in range(len(text)) for line in splitter.feed(text[index : index + 1])]

    assert lines == ["first", "secönd", "", "last"]


def test_an_endless_line_does_not_fill_the_memory() -> None:
    splitter = LineSplitter()

    lines = splitter.feed(b"x" * (LineSplitter.MAX_LENGTH + 1))

    assert [len(line) for line in lines] == [LineSplitter.MAX_LENGTH]


def test_info_lines_are_not_relayed() -> None:
    out = io.StringIO()
    Terminal(out).relay("ranking", LogLine("info", "quiet"))

    assert out.getvalue() == ""


def test_control_codes_do_not_reach_the_terminal() -> None:
    out = io.StringIO()
    Terminal(out).relay("gateway", LogLine("error", "bad \x1b[2J\x07 title"))

    assert "\x1b" not in out.getvalue()
    assert "\x07" not in out.getvalue()


def test_repeated_lines_of_a_process_are_limited() -> None:
    out = io.StringIO()
    seconds = 7.0
    terminal = Terminal(out, lambda: seconds)
    for _ in range(1000):
        terminal.relay("gateway", LogLine("error", "again"))
    assert len(out.getvalue().splitlines()) == MAX_LINES_PER_SECOND + 1, "the last line refers to the log file"

    seconds += 1
    terminal.relay("gateway", LogLine("error", "again"))
    assert len(out.getvalue().splitlines()) == MAX_LINES_PER_SECOND + 2
