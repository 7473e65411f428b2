"""Reads policies from the bucket, verifies them, and returns their public views with signatures."""

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from nats.aio.client import Client

from shared.log.append import Log
from shared.log.events import PolicyActivated
from shared.policy.bundle import InvalidBundle, open_bundle
from shared.policy.bundle_store import (
    ActivePolicy,
    BundleStore,
    NoPolicy,
    activations_before,
    active_policy,
    last_activated,
)
from shared.policy.public_view import PublicView
from shared.policy.schema import Policy
from shared.policy.signing import Signed, TrustedKeys
from shared.problems import NotFound, Unavailable

# The active policy, and a few that clients or moderators look up. A bundle is about 60 kB.
CACHED = 16
# Pages stay open for days, and a policy changes a few times a week at most.
RECENT = 8


@dataclass(frozen=True)
class PublicPolicy:
    """A bundle's public view. `notes`: signed notes on key successions and on an activation of a lower version.

    `policy` is the whole policy, which stays on the server.
    """

    policy: Policy
    view: Signed
    notes: tuple[Signed, ...] = ()


class VerifiedPolicies:
    """Verified policies."""

    _bundles: BundleStore

    def __init__(self, broker: Client, log: Log, keys: str) -> None:
        """`keys`: the trusted public keys as JSON."""
        self._broker = broker
        self._log = log
        self._trusted = TrustedKeys.parse(keys)
        self.keys = self._trusted.dump()
        self._known: OrderedDict[str, PublicPolicy] = OrderedDict()
        self._current: ActivePolicy | None = None
        self._recent: Mapping[str, str] = {}
        self._recent_until = 0

    async def start(self) -> None:
        """Open the bucket `POLICIES`."""
        self._bundles = await BundleStore.open(self._broker)

    async def current(self) -> PublicPolicy:
        """Return the active policy.

        Raises:
            Unavailable: `no_policy`, no trusted policy is active.
        """
        try:
            found = self._current = await self._active()
        except (NoPolicy, InvalidBundle) as reason:
            self._current = None
            raise Unavailable(f"No trusted policy is active: {reason}.", "no_policy") from reason
        fact = found.activated.data
        switch = [Signed.model_validate_json(fact.note)] if isinstance(fact, PolicyActivated) and fact.note else []
        return PublicPolicy(found.policy, found.verified.bundle.view, (*found.notes, *switch))

    async def _active(self) -> ActivePolicy:
        activated = await last_activated(self._log)
        if self._current and activated and activated.sequence == self._current.activated.sequence:
            return self._current
        return await active_policy(self._log, activated, self._bundles, self._trusted)

    async def recent_models(self) -> Mapping[str, str]:
        """Return the digests of the policies that were active lately, each with its model's SHA-256; empty for none."""
        with suppress(InvalidBundle):  # an activation that cannot be read activated nothing
            activated = await last_activated(self._log)
            if activated and activated.sequence != self._recent_until:
                before = await activations_before(self._log, activated)
                facts = [event.data for event in (*before, activated)][-RECENT:]
                digests = {fact.digest for fact in facts if isinstance(fact, PolicyActivated)}
                self._recent = dict([await self._model_of(digest) for digest in digests])
                self._recent_until = activated.sequence
        return self._recent

    async def _model_of(self, digest: str) -> tuple[str, str]:
        try:
            model = PublicView.model_validate_json((await self.named(digest)).view.text).model
        except NotFound:
            return digest, ""
        return digest, model.sha256 if model else ""

    async def named(self, digest: str) -> PublicPolicy:
        """Return a policy by its digest, active or not.

        Raises:
            NotFound: no policy with this digest is stored, or it is not trusted.
        """
        if digest not in self._known:
            self._known[digest] = await self._read(digest)
            if len(self._known) > CACHED:
                self._known.popitem(last=False)
        return self._known[digest]

    async def _read(self, digest: str) -> PublicPolicy:
        stored = await self._bundles.read(digest)
        try:
            trusted = self._trusted.with_notes(await self._bundles.notes(self._trusted))
            verified = open_bundle(stored or b"", digest, trusted)
        except (InvalidBundle, ValueError) as reason:  # of the policy, or of the notes on key successions
            raise NotFound("There is no such policy.") from reason
        return PublicPolicy(verified.policy, verified.bundle.view)
