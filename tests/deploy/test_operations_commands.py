"""How the operator's commands end where there is nothing to do, or where they are asked wrongly."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli.__main__ import make_app

NOTHING_RUNS = [
    ["lag"], ["status"], ["rebuild", "gateway"], ["dead-letters", "list"], ["dead-letters", "show", "1"],
    ["dead-letters", "redrive", "--all"], ["dead-letters", "drop", "1", "--reason", "x"],
]  # fmt: skip
WRONG = [
    ["rebuild", "moderation"], ["dead-letters", "redrive"], ["dead-letters", "redrive", "1", "--all"],
    ["dead-letters", "drop", "1", "--reason", " "], ["restore", "there-is-no-such-file"], ["backup"],
    ["rotate-keys", "everything"], ["audit", "verify", "--with", "there-is-no-such-file"],
]  # fmt: skip


def ended(folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> int:
    monkeypatch.setenv("OTTIT_DATA_DIR", str(folder))
    return CliRunner().invoke(make_app(arguments[0]), arguments).exit_code


@pytest.mark.parametrize("arguments", NOTHING_RUNS, ids=" ".join)
def test_a_command_that_needs_a_running_installation_ends_with_1_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    assert ended(tmp_path, monkeypatch, arguments) == 1


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_what_makes_no_sense_ends_with_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    assert ended(tmp_path, monkeypatch, arguments) == 2
