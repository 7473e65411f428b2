"""Exit codes of operator commands without an installation, and with wrong arguments."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli.__main__ import make_app

NEEDS_RUNNING = [
    ["lag"], ["status"], ["rebuild", "gateway"], ["dead-letters", "list"], ["dead-letters", "show", "1"],
    ["dead-letters", "redrive", "--all"], ["dead-letters", "drop", "1", "--reason", "x"],
]  # fmt: skip
WRONG = [
    ["rebuild", "moderation"], ["dead-letters", "redrive"], ["dead-letters", "redrive", "1", "--all"],
    ["dead-letters", "drop", "1", "--reason", " "], ["restore", "there-is-no-such-file"], ["backup"],
    ["rotate-keys", "everything"], ["audit", "verify", "--with", "there-is-no-such-file"],
]  # fmt: skip
WORKS_STOPPED = [
    ["audit", "head"], ["audit", "verify"], ["rotate-keys", "audit"], ["rotate-keys", "master"],
    ["rotate-keys", "passwords"], ["backup", "elsewhere"], ["backup", "elsewhere", "--people-only"],
    ["restore", __file__],
]  # fmt: skip


def exit_code(folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> int:
    """Run a command and return its exit code."""
    monkeypatch.setenv("OTTIT_DATA_DIR", str(folder))
    result = CliRunner().invoke(make_app(arguments[0]), arguments)
    assert isinstance(result.exception, SystemExit), result.exception
    return result.exit_code


@pytest.mark.parametrize("arguments", NEEDS_RUNNING, ids=" ".join)
def test_a_command_that_needs_a_running_installation_exits_with_1_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    assert exit_code(tmp_path, monkeypatch, arguments) == 1


@pytest.mark.parametrize("arguments", WORKS_STOPPED, ids=lambda arguments: " ".join(arguments[:2]))
def test_a_command_exits_with_1_if_the_data_folder_is_unusable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert exit_code(tmp_path / "file" / "data", monkeypatch, arguments) == 1


def test_a_foreign_program_on_the_brokers_port_is_not_used_as_the_broker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTTIT_DATA_DIR", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("OTTIT_BROKER_PORT", str(listener.getsockname()[1]))
        result = CliRunner().invoke(make_app("audit"), ["audit", "head"])
    assert result.exit_code == 1
    assert "OTTIT_BROKER_PORT=" in result.stderr


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_arguments_exit_with_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    assert exit_code(tmp_path, monkeypatch, arguments) == 2
