"""Seals authors' texts with a key per author: deleting the key erases the texts everywhere."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.problems import StartRefused

NONCE_BYTES = 12  # NIST SP 800-38D, section 5.2.1.1
VERSION = "s1."
MASTER_KEY_BYTES = 32


# 64 bits identify a key among the few of an installation, and say nothing about a random key of 256 bits.
FINGERPRINT_DIGITS = 16


class InvalidMasterKey(StartRefused, ValueError):
    """The setting is not a master key. The message does not contain it."""


class DecryptionError(Exception):
    """The sealed text does not open: wrong key, wrong entity, or changed bytes."""


class DataKey:
    """One user's key: seals and opens text, and hashes content so that only key holders can test a guess."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._hash_key = hmac.digest(key, b"ottit content hash", "sha256")

    def seal(self, text: bytes, entity_id: str) -> str:
        """Return the text sealed by AES-256-GCM and bound to the entity: it opens only for the same entity id."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return VERSION + base64.b64encode(nonce + self._cipher.encrypt(nonce, text, entity_id.encode())).decode()

    def open(self, sealed: str, entity_id: str) -> bytes:
        """Return the text.

        Raises:
            DecryptionError: the key, the entity or the bytes are not those of `seal`.
        """
        try:
            raw = base64.b64decode(sealed.removeprefix(VERSION), validate=True)
            return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], entity_id.encode())
        except (InvalidTag, ValueError) as error:
            raise DecryptionError(entity_id) from error

    def content_hash(self, content: bytes) -> str:
        """Return the HMAC-SHA256 of the content under this user's key, in hexadecimal."""
        return hmac.digest(self._hash_key, content, "sha256").hex()


def wrap(master_key: bytes, user_id: str, key: bytes) -> bytes:
    """Wrap a data key with the installation's master key, bound to its user."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(master_key).encrypt(nonce, key, user_id.encode())


def master_keys(setting: str) -> list[bytes]:
    """Return the keys in `OTTIT_MASTER_KEY`: the first wraps, all unwrap. There are two during a key rotation.

    Raises:
        InvalidMasterKey: a key is not 32 bytes as 64 hexadecimal digits.
    """
    try:
        keys = [bytes.fromhex(key) for key in setting.split(",")]
    except ValueError:
        keys = []
    if not keys or any(len(key) != MASTER_KEY_BYTES for key in keys):
        given = "is not set" if not setting else "is not 32 bytes as 64 hexadecimal digits"
        raise InvalidMasterKey(f"OTTIT_MASTER_KEY {given}. Set it to the master key of this installation.")
    return keys


def fingerprint(master_key: bytes) -> str:
    """Return the public name of a master key: the first digits of a hash, in hexadecimal."""
    return hashlib.sha256(b"ottit master key" + master_key).hexdigest()[:FINGERPRINT_DIGITS]


def derived_key(setting: str, purpose: bytes) -> bytes:
    """Return a key of 32 bytes for another purpose, derived from the current master key in `OTTIT_MASTER_KEY`."""
    return hmac.digest(master_keys(setting)[0], purpose, "sha256")


def rewrap(current: bytes, new: bytes, user_id: str, wrapped: bytes) -> bytes | None:
    """Return a data key wrapped with the new master key; None if it already is.

    Raises:
        DecryptionError: neither master key wrapped it.
    """
    nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    try:
        key = AESGCM(current).decrypt(nonce, sealed, user_id.encode())
    except InvalidTag:
        unwrap([new], user_id, wrapped)
        return None
    return wrap(new, user_id, key)


def unwrap(masters: Sequence[bytes], user_id: str, wrapped: bytes) -> DataKey:
    """Return the data key, unwrapped with the first master key that fits.

    Raises:
        DecryptionError: no master key fits, or the key is another user's.
    """
    for master in masters:
        with suppress(InvalidTag, ValueError):  # the latter: too short for a nonce
            return DataKey(AESGCM(master).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], user_id.encode()))
    raise DecryptionError(
        f"Cannot unwrap the data key of {user_id}: check that OTTIT_MASTER_KEY belongs to this data folder."
    )
