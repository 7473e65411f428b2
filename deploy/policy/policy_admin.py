"""Drafts and activates policies on a running broker. Requires the signing key."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from deploy.installation.secret_files import ACTOR
from deploy.installation.signing_keys import PolicyKeys
from deploy.policy.case_runner import failed_cases
from shared.log.append import Log
from shared.log.events import DecodeError, Event, PolicyActivated, PolicyDrafted, PolicyRetired, decode, record
from shared.log.events.envelope import Fact
from shared.policy import Policy
from shared.policy.bundle import Bundle, InvalidBundle, SwitchNote, VerifiedBundle, open_bundle, sign_bundle
from shared.policy.bundle_store import ActivePolicy, BundleStore, NoPolicy, active_policy, last_activated
from shared.policy.signing import Signed

POLICY_FACTS = "events.policy.>"
# Length of a shortened digest in messages.
SHORT_DIGEST = 12


class CannotActivate(Exception):
    """The policy cannot be drafted or activated; the message says why and what to do."""


@dataclass(frozen=True)
class PolicyAdmin:
    """Drafts and activates policies with the operator's connection and keys."""

    broker: Client
    bundles: BundleStore
    log: Log
    keys: PolicyKeys

    @classmethod
    async def open(cls, broker: Client, keys: PolicyKeys) -> "PolicyAdmin":
        """Use a connection of the operator."""
        return cls(broker, await BundleStore.open(broker), Log(broker), keys)

    async def history(self) -> list[Event]:
        """Return all facts about policies, oldest first."""
        events: list[Event] = []
        stream, after = self.broker.jetstream(), 0
        while True:
            try:
                stored = await stream.get_msg("EVENTS", seq=after + 1, subject=POLICY_FACTS, next=True)
            except NotFoundError:
                return events
            after = stored.seq or 0
            with suppress(DecodeError):  # an unreadable fact changed nothing and must not block a rollback
                events.append(decode(stored.data or b"", after))

    async def active_policy(self) -> ActivePolicy:
        """Return the active policy. Raises NoPolicy or InvalidBundle."""
        return await active_policy(self.log, await last_activated(self.log), self.bundles, self.keys.trusted_keys)

    async def read(self, digest: str) -> VerifiedBundle:
        """Return a stored policy. Raises InvalidBundle."""
        stored = await self.bundles.read(digest)
        if stored is None:
            raise InvalidBundle(f"no bundle is stored under {digest[:SHORT_DIGEST]}")
        return open_bundle(stored, digest, self.keys.trusted_keys)

    async def draft(self, policy: Policy) -> Bundle:
        """Sign and store a policy. Storing the same policy again changes nothing.

        Raises:
            CannotActivate: its test cases fail, or its version is not above all earlier ones.
        """
        if failed := failed_cases(policy):
            raise CannotActivate("\n".join(["The policy fails its own test cases:", *failed]))
        known = _versions(await self.history(), policy.name)
        highest = max(known, default=0)
        if known.get(policy.version) != policy.digest and policy.version <= highest:
            raise CannotActivate(
                f"Version {policy.version} of {policy.name!r} is not above the latest version: "
                f"set `version: {highest + 1}` in its policy.yaml."
            )
        bundle = sign_bundle(policy, self.keys.signing)
        if await self.bundles.store(bundle):
            await self._append(policy.name, PolicyDrafted(digest=policy.digest, version=policy.version))
        return bundle

    async def activate(self, policy: Policy, *, back: bool = False) -> Event | None:
        """Activate a stored policy. `back` allows a lower version. Return None if it is already active.

        Raises:
            CannotActivate: its test cases fail, or a higher version was active and `back` is not set.
        """
        if failed := failed_cases(policy):
            raise CannotActivate("\n".join(["The policy fails its own test cases:", *failed]))
        if await self._is_active(policy):
            return None
        history = await self.history()
        before = _last_activated(history)
        highest = max(_versions(history, policy.name, PolicyActivated), default=0)
        if policy.version < highest and not back:
            raise CannotActivate(
                f"Version {highest} of {policy.name!r} was active before. To go back to this one: "
                f"ottit policy rollback {policy.digest[:SHORT_DIGEST]}"
            )
        switches = policy.version < highest or (before is not None and before.entity_id != policy.name)
        note = self._switch(policy, highest, before.sequence if before else 0) if switches else None
        fact = PolicyActivated(
            digest=policy.digest, version=policy.version, note=note.model_dump_json() if note else ""
        )
        activated = await self._append(policy.name, fact)
        if before is not None and isinstance(before.data, PolicyActivated) and before.data.digest != policy.digest:
            old = PolicyRetired(digest=before.data.digest, version=before.data.version)
            await self._append(before.entity_id, old)
        return activated

    async def renew(self) -> Event | None:
        """Sign the active policy's switch note with the current key. Return None if it has no note."""
        history = await self.history()
        activated = _last_activated(history)
        if activated is None or not isinstance(activated.data, PolicyActivated) or not activated.data.note:
            return None
        policy = (await self.read(activated.data.digest)).policy
        highest = max(_versions(history, policy.name, PolicyActivated), default=0)
        note = self._switch(policy, highest, activated.sequence)
        fact = PolicyActivated(digest=policy.digest, version=policy.version, note=note.model_dump_json())
        return await self._append(policy.name, fact)

    async def _is_active(self, policy: Policy) -> bool:
        """Tell if a policy is active by a valid activation."""
        try:
            return (await self.active_policy()).policy.digest == policy.digest
        except (NoPolicy, InvalidBundle):
            return False

    def _switch(self, policy: Policy, highest: int, after: int) -> Signed:
        note = SwitchNote(digest=policy.digest, name=policy.name, version=policy.version, highest=highest, after=after)
        return self.keys.signing.sign(orjson.dumps(note.model_dump(), option=orjson.OPT_SORT_KEYS).decode())

    async def _append(self, name: str, fact: Fact) -> Event:
        try:
            last = await self.log.last("policy", name)
            after = last.sequence if last else 0
        except DecodeError as error:
            after = error.sequence
        event = record(fact, name, actor=ACTOR, at=datetime.now(UTC))
        appended = await self.log.append(event, after=after)
        return event.model_copy(update={"sequence": appended.sequence})


def _last_activated(history: list[Event]) -> Event | None:
    return next((event for event in reversed(history) if isinstance(event.data, PolicyActivated)), None)


def _versions(history: list[Event], name: str, kind: type[Fact] | None = None) -> dict[int, str]:
    """Return version → digest of the policies that were drafted or activated under a name."""
    kinds = (PolicyDrafted, PolicyActivated) if kind is None else (kind,)
    facts = [event.data for event in history if event.entity_id == name and isinstance(event.data, kinds)]
    return {fact.version: fact.digest for fact in facts if isinstance(fact, PolicyDrafted | PolicyActivated)}
