"""Author-written text is sealed with the author's own key: deleting the key erases the text everywhere at once."""

import base64
import hmac
import secrets
from collections.abc import Sequence
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12  # NIST SP 800-38D, section 5.2.1.1
VERSION = "s1."
MASTER_KEY_BYTES = 32


class DecryptionError(Exception):
    """Sealed text that this key does not open: another key, another place, or changed bytes."""


class DataKey:
    """One person's key: seals and opens text, and hashes content so that only key holders can test a guess."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._hash_key = hmac.digest(key, b"ottit content hash", "sha256")

    def seal(self, text: bytes, place: str) -> str:
        """AES-256-GCM bound to the place (the entity's id) where the text may be opened."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return VERSION + base64.b64encode(nonce + self._cipher.encrypt(nonce, text, place.encode())).decode()

    def open(self, sealed: str, place: str) -> bytes:
        """The text.

        Raises:
            Unopenable: the key, the place or the bytes are not those of `seal`.
        """
        try:
            raw = base64.b64decode(sealed.removeprefix(VERSION), validate=True)
            return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError) as error:
            raise DecryptionError(place) from error

    def content_hash(self, content: bytes) -> str:
        """HMAC-SHA256 of the content under this person's key, as hexadecimal."""
        return hmac.digest(self._hash_key, content, "sha256").hex()


def wrap(master_key: bytes, user_id: str, key: bytes) -> bytes:
    """A data key under the installation's master key, bound to its person."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(master_key).encrypt(nonce, key, user_id.encode())


def master_keys(setting: str) -> list[bytes]:
    """The keys of `OTTIT_MASTER_KEY`: the first wraps and all open; two while one takes the other's place.

    Raises:
        ValueError: one is not 32 bytes as 64 hexadecimal digits.
    """
    keys = [bytes.fromhex(key) for key in setting.split(",")]
    if any(len(key) != MASTER_KEY_BYTES for key in keys):
        raise ValueError("OTTIT_MASTER_KEY must be 32 bytes as 64 hexadecimal digits")
    return keys


def rewrap(present: bytes, following: bytes, user_id: str, wrapped: bytes) -> bytes | None:
    """A data key under another master key; None where it is under that one already.

    Raises:
        Unopenable: it is under neither.
    """
    nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    try:
        key = AESGCM(present).decrypt(nonce, sealed, user_id.encode())
    except InvalidTag:
        unwrap([following], user_id, wrapped)
        return None
    return wrap(following, user_id, key)


def unwrap(masters: Sequence[bytes], user_id: str, wrapped: bytes) -> DataKey:
    """The data key, opened with whichever of the master keys has wrapped it.

    Raises:
        Unopenable: another master key, or another person's key.
    """
    for master in masters:
        with suppress(InvalidTag):
            return DataKey(AESGCM(master).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], user_id.encode()))
    raise DecryptionError(f"the data key of {user_id}: is OTTIT_MASTER_KEY the one of this data folder?")
