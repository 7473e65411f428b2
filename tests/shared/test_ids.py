"""Identifiers."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from shared.ids import derived_id, imported_author_id, is_uuid7, new_id


def test_a_new_id_is_a_uuid_of_version_7_and_sorts_by_time() -> None:
    ids = [new_id() for _ in range(1000)]
    assert all(is_uuid7(value) for value in ids)
    assert ids == sorted(ids)


@given(st.integers(min_value=0, max_value=2**48 - 1), st.text(), st.text())
def test_a_derived_id_is_a_uuid7_and_deterministic(at: int, kind: str, name: str) -> None:
    derived = derived_id(at, kind, name)
    assert is_uuid7(derived)
    assert uuid.UUID(derived).int >> 80 == at
    assert derived == derived_id(at, kind, name)


def test_parts_are_separated() -> None:
    assert derived_id(0, "ab", "c") != derived_id(0, "a", "bc")


@given(st.text(max_size=40))
def test_other_text_is_not_an_id(text: str) -> None:
    assert not is_uuid7(text)


def test_ids_of_earlier_imports_stay_the_same() -> None:
    assert imported_author_id("archive") == derived_id(0, "author", "archive") == "00000000-0000-797f-8cc7-411bd9550694"
    assert imported_author_id("ada") != imported_author_id("archive")


def test_only_version_7_in_canonical_form_is_an_id() -> None:
    canonical = derived_id(2**48 - 1, "x")
    assert is_uuid7(canonical)
    assert not is_uuid7(canonical.upper())
    assert not is_uuid7(canonical.replace("-", ""))
    assert not is_uuid7(str(uuid.uuid4()))


def test_the_time_of_a_derived_id_wraps_at_48_bits() -> None:
    assert derived_id(2**48 + 5, "x") == derived_id(5, "x")
