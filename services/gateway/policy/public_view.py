"""The policy in force as clients get it: its public view with signatures, and the keys that the page carries."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from nats.aio.client import Client

from shared.log.append import Log
from shared.log.events import PolicyActivated
from shared.policy.bundle import Bundle, InvalidBundle, open_bundle
from shared.policy.bundle_store import ActivePolicy, BundleStore, NoPolicy, active_policy, last_activated
from shared.policy.signing import Signed, TrustedKeys
from shared.problems import NotFound, Unavailable

# One in force, and a few that clients or moderators look back at. A bundle is about 60 kB.
KEPT = 16


@dataclass(frozen=True)
class Shown:
    """A bundle's public part. `notes` lead from the page's keys to the one that signed, and to a lower version."""

    digest: str
    version: int
    view: Signed
    notes: tuple[Signed, ...] = ()


class Policies:
    """Bundles from the bucket, checked before anybody gets them."""

    def __init__(self, log: Log, bundles: BundleStore, keys: str) -> None:
        self._log = log
        self._bundles = bundles
        self._ring = TrustedKeys.parse(keys)
        self.keys = self._ring.dump()
        self._known: OrderedDict[str, Shown] = OrderedDict()
        self._current: ActivePolicy | None = None

    @classmethod
    async def open(cls, broker: Client, log: Log, keys: str) -> "Policies":
        """Over the gateway's connection; `keys`: the public keys that are believed, as JSON."""
        return cls(log, await BundleStore.open(broker), keys)

    async def current(self) -> Shown:
        """The policy in force.

        Raises:
            Unavailable: there is none that can be trusted.
        """
        try:
            found = self._current = await self._in_force()
        except (NoPolicy, InvalidBundle) as reason:
            self._current = None
            raise Unavailable(f"There is no policy that can be trusted: {reason}.", "no_policy") from reason
        fact = found.activated.data
        switch = [Signed.model_validate_json(fact.note)] if isinstance(fact, PolicyActivated) and fact.note else []
        return _shown(found.opened.bundle, found.policy.version, (*found.notes, *switch))

    async def _in_force(self) -> ActivePolicy:
        activated = await last_activated(self._log)
        if self._current and activated and activated.sequence == self._current.activated.sequence:
            return self._current
        return await active_policy(self._log, activated, self._bundles, self._ring)

    async def named(self, digest: str) -> Shown:
        """A policy by its digest, in force or not.

        Raises:
            NotFound: none with this digest is stored, or it cannot be trusted.
        """
        if digest not in self._known:
            self._known[digest] = await self._read(digest)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return self._known[digest]

    async def _read(self, digest: str) -> Shown:
        stored = await self._bundles.read(digest)
        try:
            ring = self._ring.with_notes(await self._bundles.notes(self._ring))
            opened = open_bundle(stored or b"", digest, ring)
        except (InvalidBundle, ValueError) as reason:  # of the policy, or of the notes on keys
            raise NotFound("There is no such policy.") from reason
        return _shown(opened.bundle, opened.policy.version, ())


def page_with_keys(page: str, keys: str) -> str:
    """The client's page with the public keys that it is to believe: its script cannot be served without its page."""
    safe: Mapping[str, str] = {"&": "&amp;", '"': "&quot;", "<": "&lt;"}
    content = "".join(safe.get(char, char) for char in keys)
    return page.replace("</head>", f'<meta name="ottit-policy-keys" content="{content}" /></head>', 1)


def _shown(bundle: Bundle, version: int, notes: tuple[Signed, ...]) -> Shown:
    return Shown(bundle.digest, version, bundle.view, notes)
