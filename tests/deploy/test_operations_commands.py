"""Exit codes of operator commands without an installation, and with wrong arguments."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli.__main__ import make_app
from deploy.cli.reconcile import as_text
from shared.log.operator_requests import IndexReport

NEEDS_RUNNING = [
    ["lag"], ["status"], ["rebuild", "gateway"], ["dead-letters", "list"], ["dead-letters", "show", "1"],
    ["dead-letters", "redrive", "--all"], ["dead-letters", "drop", "1", "--reason", "x"], ["reconcile"],
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


def test_reconcile_says_why_a_stopped_installation_is_not_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTTIT_DATA_DIR", str(tmp_path))
    result = CliRunner().invoke(make_app("reconcile"), ["reconcile", "--dry-run"])
    assert result.exit_code == 1
    assert "Start it: make up" in result.stderr
    assert "Only the running service `embeddings` can read its index" in result.stderr


def test_a_comparison_names_the_differences_and_the_remedy() -> None:
    report = IndexReport(
        compared=9,
        found={"wrong": 7},
        posts={"wrong": tuple("abcdefg")},
        unreadable=1,
        why={"x": "no key"},
        repaired=False,
    )
    assert as_text(report).splitlines() == [
        "9 published posts compared: 7 differences.",
        "        7 wrong   in the index with other words, fields or another vector: a, b, c, d, e and 2 more",
        "1 posts cannot be read from the log and are not in the index. `ottit dead-letters list` may name them:",
        "  x: no key",
        "Nothing was repaired. Run `ottit reconcile` without --dry-run.",
    ]
    assert "7 differences repaired." in as_text(report.model_copy(update={"repaired": True}))


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
