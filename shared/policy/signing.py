"""Ed25519 over texts (RFC 8032), and who is believed: a ring of public keys that grows by notes of its newest key."""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

# 64 bits name a key among the handful that an installation ever has; what is believed is the key, not its name.
KEY_ID_DIGITS = 16


class UntrustedSignature(ValueError):
    """Not signed by a key that may sign this. The message names the key or the version, never the text."""


class Signed(BaseModel):
    """A text with the signature over its UTF-8 bytes (base64url without padding)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    key_id: str
    signature: str
    text: str


class NewKeyNote(BaseModel):
    """A note by which a key names its successor.

    `first`: policy → the first version for which the old key no longer counts; for policies that are not named, none
    of their versions does. So whoever steals an old key can sign nothing new with it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    note: Literal["new_key"] = "new_key"
    public_key: str
    previous: str
    first: dict[str, int]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private half, 32 bytes. Only the operator's side has one."""

    seed: bytes

    @property
    def public_key(self) -> bytes:
        """The public half, 32 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    @property
    def key_id(self) -> str:
        """The name of the pair."""
        return key_id(self.public_key)

    def sign(self, text: str) -> Signed:
        """The text with its signature."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return Signed(key_id=self.key_id, signature=in_base64(signature), text=text)


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key, and from where on another one counts in its place (see `NewKeyNote`); None: it is the newest."""

    public_key: bytes
    first: Mapping[str, int] | None = None

    def may_sign(self, name: str, version: int) -> bool:
        """Whether it counts for this version of the policy."""
        return self.first is None or version < self.first.get(name, 1)


class TrustedKeys:
    """The public keys that are believed, by key id."""

    def __init__(self, keys: Iterable[TrustedKey]) -> None:
        self._keys = {key_id(key.public_key): key for key in keys}

    @classmethod
    def parse(cls, text: str) -> "TrustedKeys":
        """The ring from its JSON. Raises ValueError for anything else; the empty text is an empty ring."""
        rows = _ROWS.validate_json(text or "[]")
        return cls(TrustedKey(from_base64(row.public_key), row.first) for row in rows)

    def dump(self) -> str:
        """The ring as JSON, the newest key last."""
        rows = [Row(public_key=in_base64(key.public_key), first=_plain(key.first)) for key in self._keys.values()]
        return _ROWS.dump_json(rows).decode()

    @property
    def oldest(self) -> str:
        """The id of the first key; empty for an empty ring."""
        return next(iter(self._keys), "")

    @property
    def newest(self) -> str:
        """The id of the key that signs what is new. Raises Untrusted for an empty ring."""
        for name, key in self._keys.items():
            if key.first is None:
                return name
        raise UntrustedSignature("there is no key that policies could be signed with")

    def check(self, signed: Signed, name: str, version: int) -> None:
        """Raises Untrusted unless a key that may sign this version has signed exactly this text."""
        key = self._keys.get(signed.key_id)
        if key is None:
            raise UntrustedSignature(f"signed with the key {signed.key_id}, which is not known here")
        if not key.may_sign(name, version):
            raise UntrustedSignature(f"version {version} is signed with the replaced key {signed.key_id}")
        _verify(key.public_key, signed)

    def check_note(self, signed: Signed) -> None:
        """Raises Untrusted unless the newest key has signed exactly this text."""
        newest = self.newest
        if signed.key_id != newest:
            raise UntrustedSignature(f"a note signed with the key {signed.key_id}; the newest is {newest}")
        _verify(self._keys[newest].public_key, signed)

    def with_notes(self, notes: Iterable[Signed]) -> "TrustedKeys":
        """The ring after every note that introduces a successor of its newest key; other notes change nothing."""
        waiting = {note.key_id: note for note in notes}
        ring = self
        while ring._keys and (signed := waiting.pop(ring.newest, None)):
            ring = ring._succeeded(signed)
        return ring

    def _succeeded(self, signed: Signed) -> "TrustedKeys":
        self.check_note(signed)
        note = NewKeyNote.model_validate_json(signed.text)
        if note.previous != signed.key_id:
            raise UntrustedSignature(f"a note of the key {signed.key_id} that speaks of the key {note.previous}")
        old = {name: replace(key, first=key.first or note.first) for name, key in self._keys.items()}
        return TrustedKeys([*old.values(), TrustedKey(from_base64(note.public_key))])


class Row(BaseModel):
    """A key of a ring as it is written down."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    public_key: str
    first: dict[str, int] | None = None


_ROWS = TypeAdapter(list[Row])


def key_id(public_key: bytes) -> str:
    """The name of a public key: the beginning of its sha256, in hexadecimal."""
    return hashlib.sha256(public_key).hexdigest()[:KEY_ID_DIGITS]


def successor(note: Signed) -> str:
    """The id of the key that a note introduces. Raises Untrusted where it introduces none."""
    try:
        return key_id(from_base64(NewKeyNote.model_validate_json(note.text).public_key))
    except ValidationError as error:
        raise UntrustedSignature("a note that names no key") from error


def in_base64(data: bytes) -> str:
    """base64url without padding (RFC 4648, 5)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_base64(text: str) -> bytes:
    """The bytes behind base64url without padding. Raises Untrusted for anything else."""
    try:
        return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise UntrustedSignature("a key or signature that is no base64url") from error


def _verify(public_key: bytes, signed: Signed) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(from_base64(signed.signature), signed.text.encode())
    except (InvalidSignature, UnicodeEncodeError, ValueError) as error:
        raise UntrustedSignature(f"the signature of the key {signed.key_id} does not fit the text") from error


def _plain(first: Mapping[str, int] | None) -> dict[str, int] | None:
    return None if first is None else dict(first)
