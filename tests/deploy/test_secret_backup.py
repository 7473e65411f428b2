"""The backup of irreplaceable secrets."""

import json
from pathlib import Path

import pytest

from deploy.installation.secret_files import MASTER, open_secrets, secrets_folder
from deploy.operations.backup import save_secrets
from deploy.operations.backup_file import DamagedBackup
from deploy.operations.restore import read_secrets, write_secrets


def test_secrets_are_restored_without_broker_passwords(tmp_path: Path) -> None:
    before = open_secrets(tmp_path / "old", ["gateway"])
    save_secrets(secrets_folder(tmp_path / "old"), tmp_path / "secrets.backup")
    after = open_secrets(tmp_path / "new", ["gateway"])
    write_secrets(read_secrets(tmp_path / "secrets.backup"), secrets_folder(tmp_path / "new"))
    again = open_secrets(tmp_path / "new", ["gateway"])
    assert (again.master_key, again.policy_keys, again.audit_key) == (
        before.master_key,
        before.policy_keys,
        before.audit_key,
    )
    assert again.passwords == after.passwords


def test_a_master_key_from_the_environment_is_not_saved(tmp_path: Path) -> None:
    open_secrets(tmp_path, [], "cd" * 32)
    save_secrets(secrets_folder(tmp_path), tmp_path / "secrets.backup")
    assert MASTER not in read_secrets(tmp_path / "secrets.backup")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"../master-key": "x", "policy-signing-key": "x"}'])
def test_a_file_without_secrets_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.backup").write_text(content)
    with pytest.raises(DamagedBackup):
        read_secrets(tmp_path / "secrets.backup")


def test_the_file_is_readable_only_by_its_owner(tmp_path: Path) -> None:
    open_secrets(tmp_path, [])
    names = save_secrets(secrets_folder(tmp_path), tmp_path / "secrets.backup")
    assert (tmp_path / "secrets.backup").stat().st_mode & 0o777 == 0o600
    assert sorted(json.loads((tmp_path / "secrets.backup").read_text())) == sorted(names)
