"""Which policy decides: the one that the log says, from its bundle, checked as a whole; nothing else ever."""

import asyncio
import logging
from contextlib import suppress

from nats.errors import Error as BrokerError

from shared.log.append import Log
from shared.log.events import Event, PolicyActivated, PolicyRef
from shared.policy import Policy
from shared.policy.bundle import InvalidBundle
from shared.policy.bundle_store import ActivePolicy, BundleStore, NoPolicy, active_policy, last_activated
from shared.policy.signing import TrustedKeys

logger = logging.getLogger(__name__)

# One small read of the log's last activation. A policy that was just activated decides within about this time.
LOOK_EVERY_S = 1.0
# While there is none, texts are held or wait: look more often.
FIRST_LOOK_EVERY_S = 0.1


class Policies:
    """The policy in force. While there is none that can be trusted, `policy` is None and `trouble` says why."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy
        self.trouble = "" if policy else "no policy has been loaded yet"
        # What the log names, trusted or not: a text that could not be judged by it says so.
        self.named = PolicyRef(digest=policy.digest if policy else "", version=policy.version if policy else 0)
        self._looked_at = -1
        self._found = asyncio.Event()

    async def follow(self, log: Log, bundles: BundleStore, ring: TrustedKeys) -> None:
        """Keep up with the log until cancelled. Trouble with the broker changes nothing; trouble with a bundle does."""
        while True:
            try:
                await self.look(log, bundles, ring)
            except (BrokerError, OSError):
                logger.warning("cannot ask for the policy in force; the last one goes on")
            await asyncio.sleep(LOOK_EVERY_S if self.policy else FIRST_LOOK_EVERY_S)

    async def wait_for_one(self, timeout: float) -> None:
        """Until there is a policy, at most `timeout` seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._found.wait(), timeout)

    async def look(self, log: Log, bundles: BundleStore, ring: TrustedKeys) -> None:
        """Take over the last activation, if it is another than before or could not be used then."""
        try:
            activated = await last_activated(log)
        except InvalidBundle as reason:
            self._stop(None, str(reason))
            return
        sequence = activated.sequence if activated else 0
        if sequence == self._looked_at and not self.trouble:
            return
        try:
            found = await active_policy(log, activated, bundles, ring)
        except (NoPolicy, InvalidBundle) as reason:
            self._stop(activated, str(reason))
        else:
            self._use(found)
        self._looked_at = sequence

    def _use(self, found: ActivePolicy) -> None:
        policy = found.policy
        if self.policy is None or self.policy.digest != policy.digest:
            logger.info("policy in force", extra={"policy": policy.name, "version": policy.version})
        self.policy, self.trouble = policy, ""
        self._found.set()
        self.named = PolicyRef(digest=policy.digest, version=policy.version)

    def _stop(self, activated: Event | None, reason: str) -> None:
        if reason != self.trouble:
            logger.error("no policy to decide by: texts are held", extra={"reason": reason})
        self.policy, self.trouble = None, reason
        if activated is not None and isinstance(activated.data, PolicyActivated):
            self.named = PolicyRef(digest=activated.data.digest, version=activated.data.version)
