"""Digests and stamps, which tell if a step must run again."""

from pathlib import Path

import pytest

from deploy.local.install.steps import digest_of, is_current, write_stamp


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder `src` with two files, and a single file."""
    (tmp_path / "src" / "deep").mkdir(parents=True)
    (tmp_path / "src" / "a.ts").write_text("a")
    (tmp_path / "src" / "deep" / "b.ts").write_text("b")
    (tmp_path / "package.json").write_text("{}")
    return tmp_path


def digest(tree: Path, *also: str) -> str:
    return digest_of(tree, [tree / "src", tree / "package.json", tree / "absent"], *also)


def test_the_same_inputs_have_the_same_digest(tree: Path) -> None:
    assert digest(tree) == digest(tree)


def test_any_change_of_content_name_number_or_text_changes_the_digest(tree: Path) -> None:
    seen = [digest(tree), digest(tree, "3.12")]
    (tree / "src" / "deep" / "b.ts").write_text("other")
    seen.append(digest(tree))
    (tree / "src" / "a.ts").rename(tree / "src" / "c.ts")
    seen.append(digest(tree))
    (tree / "absent").write_text("there now")
    seen.append(digest(tree))

    assert len(set(seen)) == len(seen)


def test_moving_content_between_files_changes_the_digest(tree: Path) -> None:
    before = digest(tree)
    (tree / "src" / "a.ts").write_text("b")
    (tree / "src" / "deep" / "b.ts").write_text("a")

    assert digest(tree) != before


def test_a_stamp_is_current_only_for_its_digest(tmp_path: Path) -> None:
    file = tmp_path / "not" / "there" / "yet"

    assert not is_current(file, "abc")
    write_stamp(file, "abc")
    assert is_current(file, "abc")
    assert not is_current(file, "abd")
