"""Crash points: each is in the code and in the documentation, and only an armed one kills the process."""

import ast
import signal
import subprocess
import sys

import pytest

from shared.log.crash_points import APPENDS, DELIVERIES, EFFECTS, arm, crash_point, points
from tests.architecture.source_files import ROOT, product

NAMES = [*APPENDS, *DELIVERIES, *EFFECTS]
DOCUMENTED = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
PASS = """
import sys
from shared.log.crash_points import arm, crash_point
arm(sys.argv[1])
for passed in sys.argv[2:]: crash_point(*passed.split(" "))
"""


def passed_in_the_code() -> set[str]:
    return {
        str(call.args[0].value)
        for module in product()
        for call in module.nodes
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "crash_point"
        if isinstance(call.args[0], ast.Constant)
    }


def test_the_code_passes_exactly_the_listed_points() -> None:
    assert passed_in_the_code() == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_point_is_documented_with_its_meaning(name: str) -> None:
    assert f"| `{name}` | {({**APPENDS, **DELIVERIES, **EFFECTS})[name]} |" in DOCUMENTED


def test_details_are_the_types_of_facts_and_the_durables() -> None:
    assert "post.decided" in points()["after_append"]
    assert "moderation-decide-post" in points()["before_term"]


@pytest.mark.parametrize(
    ("setting", "passes", "dies"),
    [
        ("after_append", ["before_append post.edited", "after_append post.edited"], True),
        ("after_append:post.decided", ["after_append post.edited"], False),
        ("after_append:post.decided#2", ["after_append post.decided"], False),
        ("after_append:post.decided#2", ["after_append post.decided"] * 2, True),
        ("before_upsert#3", ["before_upsert"] * 3, True),
    ],
)
def test_a_process_dies_at_the_named_pass_of_its_point(setting: str, passes: list[str], dies: bool) -> None:
    done = subprocess.run([sys.executable, "-c", PASS, setting, *passes], cwd=ROOT, check=False)
    assert done.returncode == (-signal.SIGKILL if dies else 0)


@pytest.mark.parametrize("setting", ["nowhere", "after_append:post.exploded", "before_upsert:x", "x#0", "#1"])
def test_an_unknown_point_stops_the_start(setting: str) -> None:
    with pytest.raises(ValueError, match="OTTIT_CRASH_AT"):
        arm(setting)


def test_without_a_setting_nothing_happens() -> None:
    arm("")
    crash_point("after_append", "post.decided")
