"""How the operator's commands end where there is nothing to do, or where they are asked wrongly."""

import socket
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
WORKS_AT_REST = [
    ["audit", "head"], ["audit", "verify"], ["rotate-keys", "audit"], ["rotate-keys", "master"],
    ["rotate-keys", "passwords"], ["backup", "elsewhere"], ["backup", "elsewhere", "--people-only"],
    ["restore", __file__],
]  # fmt: skip


def ended(folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> int:
    """The exit code of a command that ends with a sentence."""
    monkeypatch.setenv("OTTIT_DATA_DIR", str(folder))
    result = CliRunner().invoke(make_app(arguments[0]), arguments)
    assert isinstance(result.exception, SystemExit), result.exception
    return result.exit_code


@pytest.mark.parametrize("arguments", NOTHING_RUNS, ids=" ".join)
def test_a_command_that_needs_a_running_installation_ends_with_1_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    assert ended(tmp_path, monkeypatch, arguments) == 1


@pytest.mark.parametrize("arguments", WORKS_AT_REST, ids=lambda arguments: " ".join(arguments[:2]))
def test_a_command_ends_with_1_where_the_data_folder_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert ended(tmp_path / "file" / "data", monkeypatch, arguments) == 1


def test_an_installation_at_rest_is_not_taken_for_whoever_listens_at_its_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTTIT_DATA_DIR", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        monkeypatch.setenv("OTTIT_BROKER_PORT", str(somebody.getsockname()[1]))
        result = CliRunner().invoke(make_app("audit"), ["audit", "head"])
    assert result.exit_code == 1
    assert "OTTIT_BROKER_PORT=" in result.stderr


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_what_makes_no_sense_ends_with_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    assert ended(tmp_path, monkeypatch, arguments) == 2
