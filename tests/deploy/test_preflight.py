"""Checks before a start, the lock, secrets, and rotated logs."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.installation.data_folder import AlreadyRunning, FolderLock, launcher_pid
from deploy.installation.secret_files import open_secrets
from deploy.installation.secret_forms import UnusableSecret
from deploy.installation.settings import LauncherSettings
from deploy.local.preflight import CannotStart, check_ports, open_data_folder
from deploy.local.process import ROTATE_AT_BYTES, ROTATED_FILES, rotate
from shared.testing import free_port


@pytest.fixture
def used_port() -> Iterator[int]:
    """A port in use."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_in_use_is_named_with_its_setting(used_port: int, tmp_path: Path) -> None:
    free = {name: free_port() for name in ("port", "broker_port")}
    for setting, fields in {
        "OTTIT_PORT": {"port": used_port},
        "OTTIT_BROKER_PORT": {"broker_port": used_port},
    }.items():
        settings = LauncherSettings(**{**free, "data_dir": tmp_path, **fields})  # type: ignore[arg-type]
        with pytest.raises(CannotStart, match=rf"Port {used_port} .* in use .*{setting}="):
            check_ports(settings)


def test_a_foreign_address_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"192\.0\.2\.1"):  # TEST-NET-1 of RFC 5737
        check_ports(LauncherSettings(host="192.0.2.1", data_dir=tmp_path))


def test_the_data_folder_is_accessible_only_to_its_owner(tmp_path: Path) -> None:
    open_data_folder(tmp_path / "deep" / "data")

    assert (tmp_path / "deep" / "data").stat().st_mode & 0o777 == 0o700


def test_an_unusable_data_folder_is_named_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(CannotStart, match=r"file/data: .*OTTIT_DATA_DIR"):
        open_data_folder(tmp_path / "file" / "data")


def test_only_one_launcher_can_lock_a_folder(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    assert launcher_pid(tmp_path) is None

    first.acquire()
    assert launcher_pid(tmp_path) is not None
    with pytest.raises(AlreadyRunning, match=str(tmp_path)):
        second.acquire()

    first.release()
    assert launcher_pid(tmp_path) is None
    second.acquire()
    second.release()


def test_secrets_are_created_once_and_readable_only_by_their_owner(tmp_path: Path) -> None:
    created = open_secrets(tmp_path, ["gateway", "ranking"])

    assert open_secrets(tmp_path, ["gateway", "ranking"]) == created
    assert len(bytes.fromhex(created.master_key)) == 32
    assert len({created.master_key, *created.passwords.values()}) == 4
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "secrets").iterdir()} == {0o600}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_a_password_never_starts_with_a_digit(tmp_path: Path) -> None:
    created = open_secrets(tmp_path, ["gateway"])

    assert all(word[0].isalpha() for word in created.passwords.values())


def test_a_given_master_key_is_used_but_not_stored(tmp_path: Path) -> None:
    given = "cd" * 32

    assert open_secrets(tmp_path, [], given).master_key == given
    assert not (tmp_path / "secrets" / "master-key").exists()


def test_a_different_master_key_is_refused(tmp_path: Path) -> None:
    open_secrets(tmp_path, [])

    with pytest.raises(UnusableSecret, match="OTTIT_MASTER_KEY"):
        open_secrets(tmp_path, [], "cd" * 32)


def test_a_full_log_is_rotated_and_the_oldest_deleted(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "gateway.log"
    for number in range(ROTATED_FILES + 3):
        rotate(file).write_text(f"{number}" + "x" * ROTATE_AT_BYTES)

    assert [path.read_text()[0] for path in sorted(file.parent.iterdir())] == ["5", "4", "3", "2"]


def test_a_small_log_is_continued(tmp_path: Path) -> None:
    file = tmp_path / "gateway.log"
    file.write_text("before")

    assert rotate(file).read_text() == "before"
