"""Sealed text opens only with its key and its entity id."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.security.sealing import DataKey, DecryptionError, unwrap, wrap

KEY = DataKey(b"k" * 32)
OTHER = DataKey(b"o" * 32)


@given(st.binary(max_size=2000), st.text(max_size=50))
def test_sealed_text_opens_unchanged(text: bytes, place: str) -> None:
    assert KEY.open(KEY.seal(text, place), place) == text


def test_another_key_or_entity_does_not_open_the_text() -> None:
    sealed = KEY.seal(b"secret", "post-1")
    for key, place in ((OTHER, "post-1"), (KEY, "post-2")):
        with pytest.raises(DecryptionError):
            key.open(sealed, place)


@given(st.integers(min_value=3, max_value=40), st.sampled_from("ABab01+/"))
def test_changed_sealed_text_does_not_open(position: int, letter: str) -> None:
    sealed = KEY.seal(b"a secret of some length", "post-1")
    changed = sealed[:position] + letter + sealed[position + 1 :]
    if changed == sealed:
        return
    with pytest.raises(DecryptionError):
        KEY.open(changed, "post-1")


def test_sealing_the_same_text_twice_gives_different_results() -> None:
    assert KEY.seal(b"text", "p") != KEY.seal(b"text", "p")


def test_content_hashes_are_equal_for_equal_content_of_one_user_only() -> None:
    assert KEY.content_hash(b"text") == KEY.content_hash(b"text")
    assert KEY.content_hash(b"text") != OTHER.content_hash(b"text")


def test_a_wrapped_key_opens_only_for_its_user_and_master_key() -> None:
    master, key = secrets.token_bytes(32), secrets.token_bytes(32)
    wrapped = wrap(master, "ada", key)
    assert unwrap([master], "ada", wrapped).open(DataKey(key).seal(b"x", "p"), "p") == b"x"
    for wrong_master, person in ((secrets.token_bytes(32), "ada"), (master, "ben")):
        with pytest.raises(DecryptionError):
            unwrap([wrong_master], person, wrapped)
