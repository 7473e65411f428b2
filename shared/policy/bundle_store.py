"""Policies at the broker: bundles by digest in the bucket `POLICIES`, and which one is in force, by the log."""

from dataclasses import dataclass

from nats.aio.client import Client
from nats.js.errors import APIError, KeyNotFoundError, NotFoundError
from nats.js.kv import KeyValue

from shared.log.append import Log
from shared.log.events import DecodeError, Event, PolicyActivated
from shared.policy import Policy
from shared.policy.bundle import Bundle, InvalidBundle, SwitchNote, VerifiedBundle, open_bundle
from shared.policy.signing import Signed, TrustedKeys, UntrustedSignature, successor

# The broker refuses a second message under a key of this bucket: what is stored stays as it is.
_ALREADY_STORED = 10077


class NoPolicy(Exception):
    """No policy has been activated yet."""


@dataclass(frozen=True)
class ActivePolicy:
    """The policy that decides, with the fact that activated it and the notes on the keys that signed it."""

    opened: VerifiedBundle
    activated: Event
    notes: tuple[Signed, ...]

    @property
    def policy(self) -> Policy:
        """The policy."""
        return self.opened.policy


class BundleStore:
    """The bucket `POLICIES`. Nothing in it is ever changed: the broker refuses to."""

    def __init__(self, bucket: KeyValue) -> None:
        self._bucket = bucket

    @classmethod
    async def open(cls, broker: Client) -> "BundleStore":
        """The bucket of a broker."""
        return cls(await broker.jetstream().key_value("POLICIES"))

    async def read(self, digest: str) -> bytes | None:
        """What is stored under a digest, unchecked."""
        return await self._get(digest)

    async def store(self, bundle: Bundle) -> bool:
        """Keep a bundle under its digest. False: it was there already."""
        return await self._put(bundle.digest, bundle.model_dump_json().encode())

    async def introduce(self, note: Signed) -> None:
        """Keep the note by which a key names its successor. Raises Untrusted where it has named another one."""
        place = f"successor.{note.key_id}"
        if not await self._put(place, note.model_dump_json().encode()):
            stored = await self._get(place)
            if stored is None or Signed.model_validate_json(stored) != note:
                raise UntrustedSignature(f"the key {note.key_id} has named another successor already")

    async def notes(self, ring: TrustedKeys) -> tuple[Signed, ...]:
        """The notes that lead from the ring's oldest key to the newest that there is, in this order, unchecked.

        Raises:
            Untrusted: one of them is no such note.
        """
        found: list[Signed] = []
        at = ring.oldest
        while at and (stored := await self._get(f"successor.{at}")):
            found.append(Signed.model_validate_json(stored))
            at = successor(found[-1])
        return tuple(found)

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
    """The fact that says which policy is in force. Raises BadBundle where it cannot be read."""
    try:
        return await log.last_by_subject(PolicyActivated.subject("*"))
    except DecodeError as error:
        raise InvalidBundle(f"the last activation cannot be read: {error}") from error


async def active_policy(log: Log, activated: Event | None, bundles: BundleStore, ring: TrustedKeys) -> ActivePolicy:
    """The policy that a fact has activated, after every check.

    Raises:
        NoPolicy: there is no such fact.
        BadBundle: its bundle is missing or forged, or it has no right to be activated after those before it.
    """
    if activated is None or not isinstance(activated.data, PolicyActivated):
        raise NoPolicy("no policy has been activated yet: `ottit policy activate` does it")
    fact = activated.data
    try:
        notes = await bundles.notes(ring)
        full = ring.with_notes(notes)
        stored = await bundles.read(fact.digest)
        if stored is None:
            raise InvalidBundle(f"the bundle {fact.digest[:12]} is missing")
        opened = open_bundle(stored, fact.digest, full)
        _check_order(opened.policy, _switch(fact, full), await _activations_before(log, activated))
    except (UntrustedSignature, ValueError) as error:
        raise InvalidBundle(f"the activation of {fact.digest[:12]} is not to be trusted: {error}") from error
    return ActivePolicy(opened, activated, notes)


def _check_order(policy: Policy, note: SwitchNote | None, before: list[Event]) -> None:
    """Raises Untrusted for a version below an earlier one, unless a note asks for exactly this step.

    The log is asked and not a memory of this process, which a restart would wipe. Activations that were not to be
    trusted count as well: whoever could write them must not lower the bar.
    """
    named = (event.data for event in before if event.entity_id == policy.name)
    highest = max((fact.version for fact in named if isinstance(fact, PolicyActivated)), default=0)
    if policy.version >= highest:
        return
    if note is None or note.highest < highest:
        raise UntrustedSignature(f"version {policy.version} is older than {highest}, and no signed note asks for it")
    if note.after < before[-1].sequence:
        raise UntrustedSignature(f"the note on version {policy.version} is from before the last change")


async def _activations_before(log: Log, activated: Event) -> list[Event]:
    """Those that can be read: what nobody can read has put nothing in force."""
    found: list[Event] = []
    last = 0
    while last < activated.sequence:
        try:
            event = await log.first_after(PolicyActivated.subject("*"), last)
        except DecodeError as error:
            last = max(error.sequence, last + 1)
            continue
        if event is None:
            break
        found.append(event)
        last = event.sequence
    return [event for event in found if event.sequence < activated.sequence]


def _switch(fact: PolicyActivated, ring: TrustedKeys) -> SwitchNote | None:
    """The signed note that came with an activation, if one did. Raises Untrusted or ValueError for a wrong one."""
    if not fact.note:
        return None
    signed = Signed.model_validate_json(fact.note)
    ring.check_note(signed)
    note = SwitchNote.model_validate_json(signed.text)
    if note.digest != fact.digest or note.version != fact.version:
        raise UntrustedSignature("the note speaks of another policy")
    return note
