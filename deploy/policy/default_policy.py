"""Activates the shipped policy on a new installation, and a newer one after an upgrade."""

from nats.aio.client import Client

from deploy.installation.signing_keys import PolicyKeys
from deploy.policy.policy_admin import SHORT_DIGEST, CannotActivate, PolicyAdmin
from shared.log.events import PolicyActivated
from shared.policy import DEFAULT_POLICY, Policy, PolicyError, load_policy
from shared.policy.bundle import InvalidBundle
from shared.policy.bundle_store import NoPolicy


async def ensure_policy(broker: Client, keys: PolicyKeys) -> str:
    """Activate the shipped policy if no policy is usable, or if it is newer than all that were active.

    A policy of another name, and one that the operator rolled back to, stay active. Return a message for the operator,
    empty if nothing was done.
    """
    admin = await PolicyAdmin.open(broker, keys)
    try:
        shipped = load_policy(DEFAULT_POLICY)
    except PolicyError as error:
        return f"the shipped policy is invalid:\n{error}"
    try:
        running = (await admin.active_policy()).policy
    except (NoPolicy, InvalidBundle) as reason:
        why = "" if isinstance(reason, NoPolicy) else f"{reason}; "
        return why + await _activate(admin, shipped)
    active = [event.data for event in await admin.history() if isinstance(event.data, PolicyActivated)]
    newest = max(fact.version for fact in active)
    if running.name != shipped.name or shipped.version < newest or shipped.digest == running.digest:
        return ""
    if shipped.version == newest:
        return "policy.yaml has changed but not its version: raise the version, and the next start activates it"
    return await _activate(admin, shipped)


async def _activate(admin: PolicyAdmin, shipped: Policy) -> str:
    try:
        await admin.draft(shipped)
        await admin.activate(shipped, back=True)
    except CannotActivate as reason:
        return f"not activated: {reason}"
    return f"{shipped.name} version {shipped.version} is active ({shipped.digest[:SHORT_DIGEST]})"
