"""Sealed text opens only with its key and its entity id."""

import base64
import hashlib
import hmac
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.security.sealing import (
    DataKey,
    DecryptionError,
    InvalidMasterKey,
    derived_key,
    fingerprint,
    master_keys,
    rewrap,
    unwrap,
    wrap,
)

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


@pytest.mark.parametrize("broken", ["", "s1.", "s1.AAAA", "s1.not base64!", "no version"])
def test_what_was_never_sealed_does_not_open(broken: str) -> None:
    with pytest.raises(DecryptionError, match=r"^post-1$"):
        KEY.open(broken, "post-1")


def test_sealed_text_is_marked_with_its_version_and_holds_nonce_and_tag() -> None:
    sealed = KEY.seal(b"text", "p")
    assert sealed.startswith("s1.")
    assert len(base64.b64decode(sealed.removeprefix("s1."))) == 12 + len(b"text") + 16


def test_a_content_hash_is_keyed_by_a_key_of_its_own() -> None:
    hash_key = hmac.digest(b"k" * 32, b"ottit content hash", "sha256")
    assert DataKey(b"k" * 32).content_hash(b"text") == hmac.digest(hash_key, b"text", "sha256").hex()


def test_the_setting_holds_one_master_key_or_two() -> None:
    assert master_keys("11" * 32) == [b"\x11" * 32]
    assert master_keys("11" * 32 + "," + "22" * 32) == [b"\x11" * 32, b"\x22" * 32]


@pytest.mark.parametrize("setting", ["11" * 31, "11" * 33, "zz" * 32, "11" * 32 + ",", "11" * 32 + ",22"])
def test_a_setting_that_is_no_master_key_is_refused_without_showing_it(setting: str) -> None:
    with pytest.raises(InvalidMasterKey) as refused:
        master_keys(setting)
    assert str(refused.value) == (
        "OTTIT_MASTER_KEY is not 32 bytes as 64 hexadecimal digits. Set it to the master key of this installation."
    )


def test_a_missing_master_key_is_named_so() -> None:
    with pytest.raises(InvalidMasterKey, match=r"^OTTIT_MASTER_KEY is not set\. Set it to the master key"):
        master_keys("")


def test_keys_for_other_purposes_are_derived_from_the_current_master_key() -> None:
    both = "11" * 32 + "," + "22" * 32
    assert derived_key(both, b"purpose") == hmac.digest(b"\x11" * 32, b"purpose", "sha256")


def test_a_fingerprint_is_the_start_of_a_hash() -> None:
    assert fingerprint(b"m" * 32) == hashlib.sha256(b"ottit master key" + b"m" * 32).hexdigest()[:16]


def test_a_rotation_wraps_a_key_once_and_leaves_it_afterwards() -> None:
    old, new, key = b"o" * 32, b"n" * 32, b"k" * 32
    wrapped = rewrap(old, new, "ada", wrap(old, "ada", key))
    assert wrapped is not None
    assert unwrap([new], "ada", wrapped).content_hash(b"x") == DataKey(key).content_hash(b"x")
    assert rewrap(old, new, "ada", wrapped) is None
    with pytest.raises(DecryptionError):
        rewrap(old, new, "ben", wrapped)
    with pytest.raises(DecryptionError):
        rewrap(old, b"x" * 32, "ada", wrapped)


@pytest.mark.parametrize("wrapped", [b"", b"short", bytes(60)])
def test_a_key_that_no_master_key_opens_says_what_to_check(wrapped: bytes) -> None:
    with pytest.raises(DecryptionError) as refused:
        unwrap([b"m" * 32, b"o" * 32], "ada", wrapped)
    assert str(refused.value) == (
        "Cannot unwrap the data key of ada: check that OTTIT_MASTER_KEY belongs to this data folder."
    )


def test_either_master_key_unwraps_during_a_rotation() -> None:
    wrapped = wrap(b"o" * 32, "ada", b"k" * 32)
    assert unwrap([b"m" * 32, b"o" * 32], "ada", wrapped).content_hash(b"x") == DataKey(b"k" * 32).content_hash(b"x")


def test_sealed_text_with_other_characters_between_does_not_open() -> None:
    sealed = KEY.seal(b"text", "p")
    with pytest.raises(DecryptionError):
        KEY.open(f"{sealed[:6]}!{sealed[6:]}", "p")


def test_content_hashes_stay_the_same_over_versions() -> None:
    # Stored with every post: another derivation would call every unchanged post a different one.
    key = hmac.digest(b"k" * 32, b"ottit content hash", hashlib.sha256)
    assert KEY.content_hash(b"text") == hmac.digest(key, b"text", hashlib.sha256).hex()


def test_sealed_text_with_characters_that_are_not_base64_does_not_open() -> None:
    sealed = KEY.seal(b"text", "p")
    with pytest.raises(DecryptionError):
        KEY.open(f"{sealed[:10]}*{sealed[10:]}", "p")
