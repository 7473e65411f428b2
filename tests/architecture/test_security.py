"""Checks that `SECURITY.md` and `docs/security.md` are complete and name only what exists."""

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source_files import ROOT, product

THREATS, STANDARD = "SECURITY.md", "docs/security.md"
LEVELS = ROOT / "tests/architecture/asvs-5.0.0-levels.csv"
HIGHEST_LEVEL = 2
# `tests/…/test_x.py`, `tests/…/test_x.py::test_name`, or `client/tests/…/x.test.ts::the title of a test`.
SHOWN_BY = re.compile(r"`((?:tests|client/tests)/[^`:]+\.(?:py|ts))(?:::([^`]+))?`")
SETTING = re.compile(r"`(OTTIT_[A-Z_]+|OPENAI_[A-Z_]+)")
DECISION = re.compile(r"[Dd]ecision (\d+)")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (\d) \| ([^|]+) \| ([^|]+) \| ([^|]*)\|$", re.MULTILINE)
NOT_APPLICABLE, OPEN = "Does not apply:", "**Open:**"
# Every module that imports one of these uses cryptography.
CRYPTOGRAPHY = frozenset({"argon2", "cryptography", "hashlib", "hmac", "secrets", "webauthn", "authlib", "joserfc"})


@cache
def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def requirements() -> dict[str, int]:
    """Return the level of each requirement of levels 1 and 2."""
    lines = [line for line in LEVELS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = {row["requirement"]: int(row["level"]) for row in csv.DictReader(lines)}
    return {number: level for number, level in rows.items() if level <= HIGHEST_LEVEL}


def rows() -> list[tuple[str, str, str, str, str]]:
    """Return number, level, requirement, control and evidence of each row."""
    return [(number, level, *map(str.strip, rest)) for number, level, *rest in ROW.findall(read(STANDARD))]


@pytest.mark.parametrize("page", [THREATS, STANDARD])
def test_every_test_setting_and_decision_that_a_security_page_names_exists(page: str) -> None:
    found = list(missing_tests(read(page)))
    found += sorted(set(SETTING.findall(read(page))) - settings())
    decisions = set(re.findall(r"^## (\d+)\. ", read("DECISIONS.md"), flags=re.MULTILINE))
    found += [f"decision {number}" for number in set(DECISION.findall(read(page))) - decisions]
    assert found == []
    assert len(SHOWN_BY.findall(read(page))) > 20


def missing_tests(text: str) -> Iterator[str]:
    """Yield each named test that does not exist."""
    for file, name in SHOWN_BY.findall(text):
        source = (ROOT / file).read_text(encoding="utf-8") if (ROOT / file).is_file() else ""
        if file.endswith(".py"):
            found = (
                re.search(rf"^(async )?def {re.escape(name)}\(", source, re.MULTILINE)
                if name
                else "def test_" in source
            )
        else:
            found = f'"{name}' in source if name else "test(" in source
        if not found:
            yield f"{file}::{name}"


def settings() -> set[str]:
    """Return the settings of the generated reference, and those of compose."""
    places = [ROOT / "docs/configuration.md", ROOT / "compose.yaml", *(ROOT / "deploy").glob("compose.*.yaml")]
    return {name for place in places for name in re.findall(r"(?:OTTIT|OPENAI)_[A-Z_]+", place.read_text("utf-8"))}


def test_a_test_that_vanished_would_be_missed() -> None:
    gone = "`tests/architecture/test_security.py::test_gone` `client/tests/ui/highlights.test.ts::gone` `tests/gone.py`"
    assert len(list(missing_tests(gone))) == 3
    assert not list(missing_tests("`tests/architecture/test_security.py::test_a_test_that_vanished_would_be_missed`"))


def test_every_requirement_of_levels_1_and_2_has_one_row() -> None:
    wanted = requirements()
    assert len(wanted) == 253
    listed = [(number, int(level)) for number, level, *_ in rows()]
    assert sorted(listed) == sorted(wanted.items())


def test_every_row_is_shown_by_a_test_does_not_apply_or_is_open() -> None:
    unclear = [
        number
        for number, _, _, control, evidence in rows()
        if not (control.startswith(NOT_APPLICABLE) or OPEN in control or SHOWN_BY.search(evidence))
    ]
    assert unclear == []
    contradicting = [
        number for number, _, _, control, evidence in rows() if control.startswith(NOT_APPLICABLE) and evidence
    ]
    assert contradicting == []


def test_the_counts_above_the_tables_are_current() -> None:
    controls = [control for _, _, _, control, _ in rows()]
    absent = sum(control.startswith(NOT_APPLICABLE) for control in controls)
    still_open = sum(OPEN in control for control in controls)
    met = len(controls) - absent - still_open
    counts = f"Of {len(controls)} requirements, {met} are met, {absent} do not apply, and {still_open} are open"
    assert counts in read(STANDARD), f"write: {counts}"


def test_every_use_of_cryptography_is_in_the_inventory() -> None:
    """A new one has to say for what; `hashlib` alone may also serve to tell contents apart."""
    inventory = read(STANDARD).split("## Keys and algorithms")[1].split("\n## ")[0]
    using = {
        module.place
        for module in product()
        if {name.partition(".")[0] for name in module.imports} & (CRYPTOGRAPHY - {"hashlib"})
    }
    unlisted = [place for place in sorted(using) if not any(covers in place for covers in listed(inventory))]
    assert unlisted == []
    gone = [place for place in listed(inventory) if not Path(ROOT / place).exists()]
    assert gone == []


def listed(inventory: str) -> list[str]:
    """Return the files and folders that the inventory names."""
    return re.findall(r"`((?:services|shared|deploy)/[^`]+)`", inventory)
