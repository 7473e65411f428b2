"""Atomic writes of private files."""

from pathlib import Path

import pytest

from deploy.installation.atomic_file import atomic_file, write_atomically


def modes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


def interrupted_write(file: Path) -> None:
    with atomic_file(file) as temporary:
        temporary.write_text("half")
        raise TypeError


def test_a_write_replaces_the_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("before")
    file.chmod(0o644)
    write_atomically(file, "after")
    assert file.read_text() == "after"
    assert modes(tmp_path) == {"key": 0o600}


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    write_atomically(file, "before")
    with pytest.raises(TypeError):
        interrupted_write(file)
    assert file.read_text() == "before"
    assert modes(tmp_path) == {"key": 0o600}


def test_a_leftover_temporary_file_is_replaced(tmp_path: Path) -> None:
    left = tmp_path / ".key.part"
    left.write_text("half of a longer secret")
    left.chmod(0o444)
    write_atomically(tmp_path / "key", "whole", mode=0o400)
    assert (tmp_path / "key").read_text() == "whole"
    assert modes(tmp_path) == {"key": 0o400}
