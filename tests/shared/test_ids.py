"""Identifiers."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from shared.ids import derived_id, is_uuid7, new_id


def test_a_new_id_is_a_uuid_of_version_7_and_sorts_by_time() -> None:
    made = [new_id() for _ in range(1000)]
    assert all(is_uuid7(one) for one in made)
    assert made == sorted(made)


@given(st.integers(min_value=0, max_value=2**48 - 1), st.text(), st.text())
def test_a_derived_id_is_a_uuid7_with_its_time_and_the_same_for_the_same_parts(at: int, kind: str, name: str) -> None:
    made = derived_id(at, kind, name)
    assert is_uuid7(made)
    assert uuid.UUID(made).int >> 80 == at
    assert made == derived_id(at, kind, name)


def test_parts_are_kept_apart() -> None:
    assert derived_id(0, "ab", "c") != derived_id(0, "a", "bc")


@given(st.text(max_size=40))
def test_other_text_is_no_id(text: str) -> None:
    assert not is_uuid7(text)
