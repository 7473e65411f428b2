"""Policies at the broker: bundles by digest in the bucket `POLICIES`, and the active policy according to the log.

Policy stage: activate. Other stages: source (`load`), compile and sign (`bundle`), evaluate (`rule_matching`).
"""

from dataclasses import dataclass

from nats.aio.client import Client
from nats.js.errors import APIError, KeyNotFoundError, NotFoundError
from nats.js.kv import KeyValue

from shared.log.append import Log
from shared.log.events import DecodeError, Event, PolicyActivated
from shared.policy import Policy
from shared.policy.bundle import Bundle, InvalidBundle, SwitchNote, VerifiedBundle, open_bundle
from shared.policy.signing import Signed, TrustedKeys, UntrustedSignature, successor

# The broker's error code for a second message under a key of this bucket, whose values are immutable.
_ALREADY_STORED = 10077


class NoPolicy(Exception):
    """No policy has been activated yet."""


@dataclass(frozen=True)
class ActivePolicy:
    """The active policy, with the fact that activated it and the successor notes of the signing keys."""

    verified: VerifiedBundle
    activated: Event
    notes: tuple[Signed, ...]

    @property
    def policy(self) -> Policy:
        """The verified policy."""
        return self.verified.policy


class BundleStore:
    """The bucket `POLICIES`. Its values are immutable: the broker refuses changes."""

    def __init__(self, bucket: KeyValue) -> None:
        self._bucket = bucket

    @classmethod
    async def open(cls, broker: Client) -> "BundleStore":
        """Open the bucket over this connection."""
        return cls(await broker.jetstream().key_value("POLICIES"))

    async def read(self, digest: str) -> bytes | None:
        """Return the stored bytes of a bundle, unverified, or None."""
        return await self._get(digest)

    async def store(self, bundle: Bundle) -> bool:
        """Store a bundle under its digest. Returns False if it was already stored."""
        return await self._put(bundle.digest, bundle.model_dump_json().encode())

    async def store_successor(self, note: Signed) -> None:
        """Store the note in which a key names its successor. Raises UntrustedSignature if it already named another."""
        key = f"successor.{note.key_id}"
        if not await self._put(key, note.model_dump_json().encode()):
            stored = await self._get(key)
            if stored is None or Signed.model_validate_json(stored) != note:
                raise UntrustedSignature(f"the key {note.key_id} has already named another successor")

    async def notes(self, keys: TrustedKeys) -> tuple[Signed, ...]:
        """Return the unverified successor notes from the oldest trusted key to the newest key, in this order.

        Raises:
            UntrustedSignature: a stored note names no successor.
        """
        notes: list[Signed] = []
        key_id = keys.oldest
        while key_id and (stored := await self._get(f"successor.{key_id}")):
            notes.append(Signed.model_validate_json(stored))
            key_id = successor(notes[-1])
        return tuple(notes)

    async def _get(self, key: str) -> bytes | None:
        try:
            return (await self._bucket.get(key)).value
        except (KeyNotFoundError, NotFoundError):
            return None

    async def _put(self, key: str, value: bytes) -> bool:
        try:
            await self._bucket.put(key, value)
        except APIError as error:
            if error.err_code == _ALREADY_STORED:
                return False
            raise
        return True


async def last_activated(log: Log) -> Event | None:
    """Return the fact of the last activation, or None. Raises InvalidBundle if it cannot be decoded."""
    try:
        return await log.last_by_subject(PolicyActivated.subject("*"))
    except DecodeError as error:
        raise InvalidBundle(f"the last activation cannot be decoded: {error}") from error


async def active_policy(log: Log, activated: Event | None, bundles: BundleStore, keys: TrustedKeys) -> ActivePolicy:
    """Return the policy that a fact activated, after every check.

    Raises:
        NoPolicy: `activated` is None.
        InvalidBundle: the bundle is missing or forged, or its version may not follow the earlier activations.
    """
    if activated is None or not isinstance(activated.data, PolicyActivated):
        raise NoPolicy("no policy has been activated yet: run `ottit policy activate`")
    fact = activated.data
    try:
        notes = await bundles.notes(keys)
        all_keys = keys.with_notes(notes)
        stored = await bundles.read(fact.digest)
        if stored is None:
            raise InvalidBundle(f"the bundle {fact.digest[:12]} is missing")
        verified = open_bundle(stored, fact.digest, all_keys)
        _check_order(verified.policy, _switch_note(fact, all_keys), await activations_before(log, activated))
    except (UntrustedSignature, ValueError) as error:
        raise InvalidBundle(f"the activation of {fact.digest[:12]} is not trusted: {error}") from error
    return ActivePolicy(verified, activated, notes)


def _check_order(policy: Policy, note: SwitchNote | None, before: list[Event]) -> None:
    """Raise UntrustedSignature for a version below an earlier one, unless a note allows exactly this activation.

    Reads the earlier activations from the log, because a restart would lose a memory of them. Untrusted activations
    count too: an attacker who could write them must not be able to lower the required version.
    """
    named = (event.data for event in before if event.entity_id == policy.name)
    highest = max((fact.version for fact in named if isinstance(fact, PolicyActivated)), default=0)
    if policy.version >= highest:
        return
    if note is None or note.highest < highest:
        raise UntrustedSignature(f"version {policy.version} is older than {highest}, and no signed note allows it")
    if note.after < before[-1].sequence:
        raise UntrustedSignature(f"the note for version {policy.version} is older than the last activation")


async def activations_before(log: Log, activated: Event) -> list[Event]:
    """Return the earlier activations that can be decoded; the others activated nothing."""
    activations: list[Event] = []
    last = 0
    while last < activated.sequence:
        try:
            event = await log.first_after(PolicyActivated.subject("*"), last)
        except DecodeError as error:
            last = max(error.sequence, last + 1)
            continue
        if event is None:
            break
        activations.append(event)
        last = event.sequence
    return [event for event in activations if event.sequence < activated.sequence]


def _switch_note(fact: PolicyActivated, keys: TrustedKeys) -> SwitchNote | None:
    """Return the activation's signed note, or None. Raises UntrustedSignature or ValueError for an invalid note."""
    if not fact.note:
        return None
    signed = Signed.model_validate_json(fact.note)
    keys.check_note(signed)
    note = SwitchNote.model_validate_json(signed.text)
    if note.digest != fact.digest or note.version != fact.version:
        raise UntrustedSignature("the note is for another policy")
    return note
