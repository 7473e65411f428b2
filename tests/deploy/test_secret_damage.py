"""Every secret × every damage: a start refuses in one sentence and writes nothing, or replaces what can be replaced."""

import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.installation.key_record import RECORD, has_facts
from deploy.installation.secret_files import MASTER, NEXT_MASTER, SERVICES, open_secrets, secrets_folder
from deploy.installation.secret_forms import UnusableSecret
from deploy.installation.signing_keys import NEXT_POLICY_SIGNING_KEY, rotate_audit_key
from deploy.operations.backup import save_secrets
from deploy.operations.restore import read_secrets
from deploy.operations.secret_recovery import put_back, renew_signing_keys
from shared.security.broker_accounts import STREAMS_ACCOUNT

Damage = Callable[[Path, Path], object]
PASSWORDS = [f"broker-{name}" for name in ("operator", *SERVICES)]
KEYS = ["master-key", "policy-signing-key", "policy-keys", "audit-signing-key", "audit-keys"]


def make_folder(file: Path, _: Path) -> None:
    file.unlink()
    file.mkdir()


def change_one_character(file: Path, _: Path) -> None:
    content = bytearray(file.read_bytes())
    at = len(content) // 2
    content[at] = ord("0") if content[at] != ord("0") else ord("1")
    file.write_bytes(content)


DAMAGES: dict[str, Damage] = {
    "missing": lambda file, _: file.unlink(),
    "empty": lambda file, _: file.write_bytes(b""),
    "truncated": lambda file, _: file.write_bytes(file.read_bytes()[:17]),
    "random bytes": lambda file, _: file.write_bytes(bytes(range(256))),
    "one changed character": change_one_character,
    "of another installation": lambda file, other: shutil.copy(other / file.name, file),
    "a folder": make_folder,
}


def established(data: Path) -> Path:
    """Make an installation whose broker has stored a fact. Return the folder of its secrets."""
    open_secrets(data, SERVICES)
    block = data / "broker" / "jetstream" / STREAMS_ACCOUNT / "streams" / "EVENTS" / "msgs" / "1.blk"
    block.parent.mkdir(parents=True)
    block.write_bytes(b"a fact")
    assert has_facts(data / "broker")
    return secrets_folder(data)


def contents(data: Path) -> dict[str, bytes]:
    return {str(file.relative_to(data)): file.read_bytes() for file in sorted(data.rglob("*")) if file.is_file()}


@pytest.mark.parametrize("record", ["with the record", "without it"])
@pytest.mark.parametrize(("name", "damage"), list(itertools.product(KEYS, DAMAGES)))
def test_a_damaged_key_is_refused_and_nothing_is_written(tmp_path: Path, name: str, damage: str, record: str) -> None:
    folder, other = established(tmp_path / "here"), established(tmp_path / "other")
    if record == "without it":
        (tmp_path / "here" / RECORD).unlink()
        if name == MASTER and damage in ("one changed character", "of another installation"):
            pytest.skip("only the broker can tell: tests/integration/test_wrong_master_key.py")
    save_secrets(folder, tmp_path / "secrets.backup")
    DAMAGES[damage](folder / name, other)
    before = contents(tmp_path / "here")
    with pytest.raises(UnusableSecret) as refused:
        open_secrets(tmp_path / "here", SERVICES)
    message = str(refused.value)
    assert str(folder) in message or str(tmp_path / "here") in message
    assert "Nothing was changed." in message
    assert "restore-secrets" in message
    assert "\n" not in message
    assert contents(tmp_path / "here") == before
    if damage == "a folder":
        (folder / name).rmdir()
    put_back(tmp_path / "here", read_secrets(tmp_path / "secrets.backup"), "")
    open_secrets(tmp_path / "here", SERVICES)


@pytest.mark.parametrize(("name", "damage"), list(itertools.product(PASSWORDS, DAMAGES)))
def test_a_damaged_password_is_replaced_and_the_operator_told(tmp_path: Path, name: str, damage: str) -> None:
    folder, other = established(tmp_path / "here"), established(tmp_path / "other")
    before = open_secrets(tmp_path / "here", SERVICES)
    DAMAGES[damage](folder / name, other)
    if damage == "a folder":
        with pytest.raises(UnusableSecret, match="Remove it"):
            open_secrets(tmp_path / "here", SERVICES)
        return
    after = open_secrets(tmp_path / "here", SERVICES)
    assert (after.master_key, after.policy_keys, after.audit_key) == (
        before.master_key,
        before.policy_keys,
        before.audit_key,
    )
    user = name.removeprefix("broker-")
    assert {one for one in after.passwords if after.passwords[one] != before.passwords[one]} == {user}
    silent = ("missing", "of another installation", "one changed character")  # lost or well-formed: any password works
    assert bool(after.notes) == (damage not in silent)
    assert open_secrets(tmp_path / "here", SERVICES).passwords == after.passwords


@pytest.mark.parametrize("name", [NEXT_MASTER, NEXT_POLICY_SIGNING_KEY])
@pytest.mark.parametrize("content", [b"", b"ab", bytes(range(256))])
def test_a_damaged_key_of_a_rotation_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    folder = established(tmp_path)
    (folder / name).write_bytes(content)
    with pytest.raises(UnusableSecret, match=str(folder / name)):
        open_secrets(tmp_path, SERVICES)


@pytest.mark.parametrize("record", ["with the record", "without it"])
def test_lost_secrets_are_never_created_again(tmp_path: Path, record: str) -> None:
    folder = established(tmp_path)
    shutil.rmtree(folder)
    if record == "without it":
        (tmp_path / RECORD).unlink()
    with pytest.raises(UnusableSecret, match="lacks master-key, policy-signing-key"):
        open_secrets(tmp_path, SERVICES)
    assert not folder.exists()


def test_secrets_of_another_installation_are_refused_with_both_fingerprints(tmp_path: Path) -> None:
    folder, other = established(tmp_path / "here"), established(tmp_path / "other")
    shutil.rmtree(folder)
    shutil.copytree(other, folder)
    expected, found = (json.loads((tmp_path / name / RECORD).read_text())["master"][0] for name in ("here", "other"))
    with pytest.raises(UnusableSecret, match=f"expected the fingerprint {expected}, found {found}"):
        open_secrets(tmp_path / "here", SERVICES)


@pytest.mark.parametrize("key", ["ab", "x" * 64, "cd" * 32])
def test_a_wrong_key_in_the_environment_is_refused(tmp_path: Path, key: str) -> None:
    folder = established(tmp_path)
    (folder / MASTER).unlink()
    with pytest.raises(Exception, match=r"OTTIT_MASTER_KEY|master key is not the one"):
        open_secrets(tmp_path, SERVICES, key)


def test_secrets_that_others_can_read_become_private_and_the_operator_is_told(tmp_path: Path) -> None:
    folder = established(tmp_path)
    for name in (*KEYS, *PASSWORDS):
        (folder / name).chmod(0o644)
    folder.chmod(0o755)
    notes = open_secrets(tmp_path, SERVICES).notes
    assert len(notes) == len(KEYS) + len(PASSWORDS)
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_keys_that_are_whole_stay_when_older_secrets_are_put_back(tmp_path: Path) -> None:
    folder = established(tmp_path)
    save_secrets(folder, tmp_path / "secrets.backup")
    rotate_audit_key(folder)
    newer = (folder / "audit-keys").read_bytes()
    (folder / MASTER).unlink()
    assert put_back(tmp_path, read_secrets(tmp_path / "secrets.backup"), "") == [MASTER]
    assert (folder / "audit-keys").read_bytes() == newer


def test_secrets_of_another_installation_are_not_put_back(tmp_path: Path) -> None:
    folder, other = established(tmp_path / "here"), established(tmp_path / "other")
    save_secrets(other, tmp_path / "secrets.backup")
    (folder / MASTER).unlink()
    before = contents(tmp_path / "here")
    with pytest.raises(UnusableSecret, match="not those of this installation"):
        put_back(tmp_path / "here", read_secrets(tmp_path / "secrets.backup"), "")
    assert contents(tmp_path / "here") == before


@pytest.mark.parametrize("lost", [["policy-signing-key"], ["policy-keys"], ["audit-keys", "audit-signing-key"]])
def test_lost_signing_keys_can_be_replaced_by_new_ones(tmp_path: Path, lost: list[str]) -> None:
    folder = established(tmp_path)
    for name in lost:
        (folder / name).unlink()
    kept = {name: (folder / name).read_bytes() for name in KEYS if not name.startswith(lost[0][:5])}
    renew_signing_keys(tmp_path, "")
    open_secrets(tmp_path, SERVICES)
    assert {name: (folder / name).read_bytes() for name in kept} == kept


def test_a_first_start_that_was_interrupted_continues(tmp_path: Path) -> None:
    first = open_secrets(tmp_path, SERVICES)
    (tmp_path / RECORD).unlink()
    (secrets_folder(tmp_path) / "audit-signing-key").unlink()
    (secrets_folder(tmp_path) / "policy-keys").unlink()
    again = open_secrets(tmp_path, SERVICES)
    assert (again.master_key, again.policy_keys) == (first.master_key, first.policy_keys)
