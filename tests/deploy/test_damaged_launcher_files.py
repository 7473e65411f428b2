"""Damaged files of the launcher and of the built client end in one sentence, or are replaced."""

import io
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from deploy.installation.data_folder import FolderLock, InstallationState, launcher_pid, read_state, write_state
from deploy.installation.settings import LauncherSettings
from deploy.local import launcher
from deploy.local.preflight import missing_client_file
from deploy.local.terminal import Terminal
from tests.local_damage import make_folder

STATE = InstallationState(1, "http://localhost", "nats://localhost", ready=True, parts=())
DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda file: file.write_bytes(b""),
    "truncated": lambda file: file.write_bytes(file.read_bytes()[:9]),
    "random bytes": lambda file: file.write_bytes(bytes(range(256))),
    "another shape": lambda file: file.write_text('{"parts": [{"name": 1}]}'),
    "a list": lambda file: file.write_text("[]"),
    "a folder": lambda file: make_folder(file, Random(0)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_state_file_counts_as_none_and_is_replaced(tmp_path: Path, damage: str) -> None:
    write_state(tmp_path, STATE)
    DAMAGES[damage](tmp_path / "state.json")
    assert read_state(tmp_path) is None
    write_state(tmp_path, STATE)
    assert read_state(tmp_path) is not None


@pytest.mark.parametrize("damage", ["empty", "random bytes"])
def test_a_damaged_lock_file_is_still_a_lock(tmp_path: Path, damage: str) -> None:
    lock = FolderLock(tmp_path)
    lock.acquire()
    DAMAGES[damage](tmp_path / "lock")
    assert launcher_pid(tmp_path) == 0
    lock.release()
    assert launcher_pid(tmp_path) is None


def test_a_folder_in_place_of_the_lock_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "check_installation", lambda: None)
    (tmp_path / "lock").mkdir()
    out = io.StringIO()
    assert launcher.start(LauncherSettings(data_dir=tmp_path), Terminal(out)) == 1
    assert f"{tmp_path / 'lock'}: Is a directory" in out.getvalue()
    assert len(out.getvalue().splitlines()) == 1


@pytest.mark.parametrize("lost", ["", "index.html", "assets/app.js", "assets/app.css"])
def test_a_lost_file_of_the_client_is_named_before_the_start(tmp_path: Path, lost: str) -> None:
    (tmp_path / "assets").mkdir()
    page = '<script src="./assets/app.js"></script><link href="./assets/app.css">'
    for name, content in {"index.html": page, "assets/app.js": "1", "assets/app.css": "2"}.items():
        (tmp_path / name).write_text("" if name == lost else content)
    assert missing_client_file(tmp_path) == lost
