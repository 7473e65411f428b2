"""Ed25519 signatures of texts (RFC 8032), and the trusted public keys, to which the newest key can add a successor.

Policy stage: compile and sign. Other stages: source (`load`), activate (`bundle_store`), evaluate (`rule_matching`).
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from shared.problems import StartRefused

# 64 bits identify a key among the few of an installation. Verification uses the key, not its id.
KEY_ID_DIGITS = 16
# Of a public key of Ed25519, in bytes.
PUBLIC_KEY_BYTES = 32


class UntrustedSignature(ValueError):
    """The text is not signed by a key that may sign it. The message names the key or the version, never the text."""


class InvalidTrustedKeys(StartRefused, ValueError):
    """The text is not a list of public keys."""


class Signed(BaseModel):
    """A text with the signature of its UTF-8 bytes (base64url without padding)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    key_id: str
    signature: str
    text: str


class NewKeyNote(BaseModel):
    """A signed note in which a key names its successor.

    `first`: policy → the first version that the old key may no longer sign. It may sign no version of other policies.
    So a stolen old key can sign nothing new.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    note: Literal["new_key"] = "new_key"
    public_key: str
    previous: str
    first: dict[str, int]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key of 32 bytes. Only the operator has one."""

    seed: bytes

    @property
    def public_key(self) -> bytes:
        """The public key, 32 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    @property
    def key_id(self) -> str:
        """The id of the public key."""
        return key_id(self.public_key)

    def sign(self, text: str) -> Signed:
        """Return the text with its signature."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return Signed(key_id=self.key_id, signature=to_base64(signature), text=text)


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key, with the first versions that it may no longer sign (see `NewKeyNote`); None for the newest key."""

    public_key: bytes
    first: Mapping[str, int] | None = None

    def may_sign(self, name: str, version: int) -> bool:
        """Return whether the key may sign this version of the policy."""
        return self.first is None or version < self.first.get(name, 1)


class TrustedKeys:
    """The trusted public keys by id."""

    def __init__(self, keys: Iterable[TrustedKey]) -> None:
        self._keys = {key_id(key.public_key): key for key in keys}

    @classmethod
    def parse(cls, text: str) -> "TrustedKeys":
        """Parse keys from JSON; the empty text has no keys. Raises InvalidTrustedKeys for any other text."""
        try:
            rows = _ROWS.validate_json(text or "[]")
            return cls(TrustedKey(public_key_from(row.public_key), row.first) for row in rows)
        except (ValidationError, UntrustedSignature) as error:
            raise InvalidTrustedKeys("OTTIT_POLICY_KEYS is not a list of public keys in JSON.") from error

    def dump(self) -> str:
        """Return the keys as JSON, the newest last."""
        rows = [
            TrustedKeyRow(public_key=to_base64(key.public_key), first=_plain(key.first)) for key in self._keys.values()
        ]
        return _ROWS.dump_json(rows).decode()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys, the oldest first."""
        return tuple(self._keys)

    @property
    def oldest(self) -> str:
        """The id of the first key; empty without keys."""
        return next(iter(self._keys), "")

    @property
    def newest(self) -> str:
        """The id of the key that signs new texts. Raises UntrustedSignature without keys."""
        for name, key in self._keys.items():
            if key.first is None:
                return name
        raise UntrustedSignature("no trusted key can sign policies")

    def check(self, signed: Signed, name: str, version: int) -> None:
        """Raise UntrustedSignature unless a key that may sign this version signed exactly this text."""
        key = self._keys.get(signed.key_id)
        if key is None:
            raise UntrustedSignature(f"signed with the unknown key {signed.key_id}")
        if not key.may_sign(name, version):
            raise UntrustedSignature(f"version {version} is signed with the replaced key {signed.key_id}")
        _verify(key.public_key, signed)

    def check_note(self, signed: Signed) -> None:
        """Raise UntrustedSignature unless the newest key signed exactly this text."""
        newest = self.newest
        if signed.key_id != newest:
            raise UntrustedSignature(f"the note is signed with the key {signed.key_id}, but the newest is {newest}")
        _verify(self._keys[newest].public_key, signed)

    def with_notes(self, notes: Iterable[Signed]) -> "TrustedKeys":
        """Return the keys extended by each note that names a successor of the newest key; ignores other notes."""
        waiting = {note.key_id: note for note in notes}
        keys = self
        while keys._keys and (signed := waiting.pop(keys.newest, None)):
            keys = keys._with_successor(signed)
        return keys

    def _with_successor(self, signed: Signed) -> "TrustedKeys":
        self.check_note(signed)
        try:
            note = NewKeyNote.model_validate_json(signed.text)
        except ValidationError as error:
            raise UntrustedSignature(f"the note of the key {signed.key_id} names no key") from error
        if note.previous != signed.key_id:
            raise UntrustedSignature(f"the note of the key {signed.key_id} is for the key {note.previous}")
        old = {name: replace(key, first=key.first or note.first) for name, key in self._keys.items()}
        return TrustedKeys([*old.values(), TrustedKey(public_key_from(note.public_key))])


class TrustedKeyRow(BaseModel):
    """A trusted key in JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    public_key: str
    first: dict[str, int] | None = None


_ROWS = TypeAdapter(list[TrustedKeyRow])


def key_id(public_key: bytes) -> str:
    """Return the id of a public key: the first digits of its sha256, in hexadecimal."""
    return hashlib.sha256(public_key).hexdigest()[:KEY_ID_DIGITS]


def successor(note: Signed) -> str:
    """Return the id of the successor that a note names. Raises UntrustedSignature if it names none."""
    try:
        return key_id(public_key_from(NewKeyNote.model_validate_json(note.text).public_key))
    except ValidationError as error:
        raise UntrustedSignature("the note names no key") from error


def to_base64(data: bytes) -> str:
    """Encode bytes as base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_base64(text: str) -> bytes:
    """Decode base64url without padding. Raises UntrustedSignature for invalid text."""
    try:
        return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise UntrustedSignature("a key or signature is not base64url") from error


def public_key_from(text: str) -> bytes:
    """Decode a public key. Raises UntrustedSignature for a text that is none."""
    key = from_base64(text)
    if len(key) != PUBLIC_KEY_BYTES:
        raise UntrustedSignature(f"a public key has {PUBLIC_KEY_BYTES} bytes, not {len(key)}")
    return key


def _verify(public_key: bytes, signed: Signed) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(from_base64(signed.signature), signed.text.encode())
    except (InvalidSignature, UnicodeEncodeError, ValueError) as error:
        raise UntrustedSignature(f"the signature of the key {signed.key_id} does not match the text") from error


def _plain(first: Mapping[str, int] | None) -> dict[str, int] | None:
    return None if first is None else dict(first)
