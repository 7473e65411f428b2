"""Follows the policy that the log activates. Only a bundle that passes all checks is used.

Policy stage: activate. `shared/policy/__init__.py` lists all stages.
"""

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

# One small read of the log's last activation. A newly activated policy applies within about this time.
POLL_S = 1.0
# More often while there is no policy, because texts are held or wait meanwhile.
FIRST_POLL_S = 0.1


class PolicyFollower:
    """The active policy. While no trusted policy is available, `policy` is None and `problem` says why."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy
        self.problem = "" if policy else "no policy has been loaded yet"
        # The policy that the log names, trusted or not: decisions record it even if it could not be used.
        self.reference = PolicyRef(digest=policy.digest if policy else "", version=policy.version if policy else 0)
        self._read_sequence = -1
        self._loaded = asyncio.Event()

    async def follow(self, log: Log, bundles: BundleStore, trusted: TrustedKeys) -> None:
        """Follow the log until cancelled. If the broker is unavailable, the last policy stays active."""
        while True:
            try:
                await self.refresh(log, bundles, trusted)
            except (BrokerError, OSError):
                logger.warning("cannot read the active policy; the last one stays active")
            await asyncio.sleep(POLL_S if self.policy else FIRST_POLL_S)

    async def wait_until_loaded(self, timeout: float) -> None:
        """Wait until there is a policy, at most `timeout` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._loaded.wait()

    async def refresh(self, log: Log, bundles: BundleStore, trusted: TrustedKeys) -> None:
        """Load the last activated policy if it is new, or could not be used so far."""
        try:
            activated = await last_activated(log)
        except InvalidBundle as reason:
            self._reject(None, str(reason))
            return
        sequence = activated.sequence if activated else 0
        if sequence == self._read_sequence and not self.problem:
            return
        try:
            active = await active_policy(log, activated, bundles, trusted)
        except (NoPolicy, InvalidBundle) as reason:
            self._reject(activated, str(reason))
        else:
            self._use(active)
        self._read_sequence = sequence

    def _use(self, active: ActivePolicy) -> None:
        policy = active.policy
        if self.policy is None or self.policy.digest != policy.digest:
            logger.info("policy active", extra={"policy": policy.name, "version": policy.version})
        self.policy, self.problem = policy, ""
        self._loaded.set()
        self.reference = PolicyRef(digest=policy.digest, version=policy.version)

    def _reject(self, activated: Event | None, reason: str) -> None:
        if reason != self.problem:
            logger.error("no usable policy: texts are held", extra={"reason": reason})
        self.policy, self.problem = None, reason
        if activated is not None and isinstance(activated.data, PolicyActivated):
            self.reference = PolicyRef(digest=activated.data.digest, version=activated.data.version)
