"""A database that could not be asked is never taken for a clean answer."""

import json
from subprocess import CompletedProcess
from typing import Any

import pytest

from deploy.packages.advisories import (
    NONE_KNOWN,
    UNCHECKED,
    WEAK,
    Findings,
    client_findings,
    exit_code,
    python_findings,
)

WEAKNESS = {"id": "PYSEC-2026-1", "fix_versions": ["2.0"], "aliases": [], "description": ""}
WEAK_CLIENT = {"left-pad": {"range": "<2", "severity": "high"}}


def answered(content: Any, errors: str = "") -> CompletedProcess[str]:
    text = content if isinstance(content, str) else json.dumps(content)
    return CompletedProcess([], 1, text, errors)


def python_package(**more: Any) -> dict[str, Any]:
    return {"dependencies": [{"name": "a", "version": "1.0"} | more]}


@pytest.mark.parametrize(
    ("answer", "weak", "unchecked"),
    [
        (answered(python_package(vulns=[])), (), ()),
        (answered(python_package(vulns=[WEAKNESS])), ("a 1.0: PYSEC-2026-1, fixed in 2.0",), ()),
        (answered(python_package(skip_reason="not found")), (), ("a: not found",)),
        (answered("", "Traceback\nConnectionError: no route"), (), ("ConnectionError: no route",)),
        (answered("{}"), (), ("it printed nothing",)),
    ],
)
def test_an_answer_about_python_packages(
    answer: CompletedProcess[str], weak: tuple[str, ...], unchecked: tuple[str, ...]
) -> None:
    assert python_findings(answer) == Findings("uv.lock", weak, unchecked)


def test_many_packages_that_were_not_checked_are_one_line() -> None:
    skipped = [{"name": name, "skip_reason": "not found"} for name in "abc"]
    assert python_findings(answered({"dependencies": skipped})).unchecked == ("3 of 3 packages, such as a: not found",)


@pytest.mark.parametrize(
    ("answer", "weak", "unchecked"),
    [
        (answered({"vulnerabilities": {}}), (), ()),
        (answered({"vulnerabilities": WEAK_CLIENT}), ("left-pad <2: high",), ()),
        (answered({"message": "405 Method Not Allowed"}), (), ("405 Method Not Allowed",)),
        (answered("", "npm error"), (), ("npm error",)),
    ],
)
def test_an_answer_about_the_packages_of_the_client(
    answer: CompletedProcess[str], weak: tuple[str, ...], unchecked: tuple[str, ...]
) -> None:
    assert client_findings(answer) == Findings("client/package-lock.json", weak, unchecked)


def test_the_exit_code_tells_not_checked_from_weak() -> None:
    clean, weak, unchecked = Findings("a"), Findings("b", ("w",)), Findings("c", (), ("no route",))
    assert exit_code([clean, clean]) == NONE_KNOWN
    assert exit_code([clean, unchecked]) == UNCHECKED
    assert exit_code([unchecked, weak]) == WEAK
    assert "NOT CHECKED: no route" in str(unchecked)
