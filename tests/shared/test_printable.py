"""Texts of other processes on a terminal."""

import orjson

from shared.log.operator_requests import safe_to_show
from shared.telemetry.printable import one_line, printable_values

HOSTILE = "ok\x1b[2J\x9b1m\nready\u202e"


def test_a_text_becomes_one_printable_line() -> None:
    assert one_line(HOSTILE) == "ok [2J 1m ready "
    assert one_line("Grüße, 世界") == "Grüße, 世界"


def test_every_text_of_a_value_becomes_printable() -> None:
    value = {HOSTILE: [HOSTILE, {"a": HOSTILE}], "n": 1.5, "none": None, "yes": True}
    line = one_line(HOSTILE)
    assert printable_values(value) == {line: [line, {"a": line}], "n": 1.5, "none": None, "yes": True}


def test_a_reply_that_the_operator_reads_contains_no_control_codes() -> None:
    """A service whose password was stolen must not write on the operator's terminal."""
    reply = orjson.dumps({"replica": HOSTILE, "why": {"post": HOSTILE}})
    assert orjson.loads(safe_to_show(reply)) == {"replica": one_line(HOSTILE), "why": {"post": one_line(HOSTILE)}}
    assert safe_to_show(b"\xffnone") == b"\xffnone"
