"""The active policy is the last one that the log activates, verified; while there is none, texts are held."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from nats.errors import Error as BrokerError
from nats.js.errors import APIError

from deploy.installation.signing_keys import activate_next_policy_key, create_policy_keys, prepare_next_policy_key
from deploy.policy.default_policy import ensure_policy
from deploy.policy.policy_admin import CannotActivate, PolicyAdmin
from services.moderation.policy_follower import PolicyFollower
from shared.log.append import Log, UnknownOutcome
from shared.log.events import PolicyActivated, PolicyRef, record
from shared.policy import DEFAULT_POLICY, Policy, load_policy
from shared.policy.bundle import sign_bundle
from shared.policy.bundle_store import BundleStore
from shared.policy.schema import ModelPin
from shared.policy.signing import SigningKey, TrustedKeys
from shared.testing import AT, TestBroker, changed_policy
from tests.faults.waiting import TIMEOUT_S, wait_until

pytestmark = pytest.mark.broker
SHIPPED = load_policy(DEFAULT_POLICY)
UNKNOWN_KEY = SigningKey(b"\x09" * 32)


def _version(version: int, **changes: object) -> Policy:
    return changed_policy(SHIPPED, version=version, **changes)


@dataclass
class PolicySetup:
    """The operator's policy admin, and moderation's policy follower."""

    broker: TestBroker
    admin: PolicyAdmin
    log: Log
    bundles: BundleStore
    trusted: TrustedKeys
    policies: PolicyFollower
    secrets: Path

    async def activate(self, policy: Policy, *, back: bool = False) -> None:
        """Draft and activate a policy."""
        await self.admin.draft(policy)
        await self.admin.activate(policy, back=back)

    async def activate_two(self) -> Policy:
        """Activate the shipped policy, then the next version, and return that."""
        newer = _version(SHIPPED.version + 1)
        for policy in (SHIPPED, newer):
            await self.activate(policy)
        return newer

    async def refresh(self) -> PolicyFollower:
        """Let moderation read the log."""
        await self.policies.refresh(self.log, self.bundles, self.trusted)
        return self.policies

    async def active_digest(self) -> str:
        """Return the digest of the policy that moderation uses now; empty: none."""
        policy = (await self.refresh()).policy
        return policy.digest if policy else ""

    def has_activated(self, policy: Policy) -> Callable[[], Awaitable[bool]]:
        """Return a check whether moderation has followed to this policy."""

        async def is_active() -> bool:
            return self.policies.reference.digest == policy.digest

        return is_active

    async def forge_activation(self, policy: Policy, note: str = "") -> None:
        """Append an activation without the policy admin's checks."""
        last = await self.admin.log.last("policy", policy.name)
        fact = PolicyActivated(digest=policy.digest, version=policy.version, note=note)
        event = record(fact, policy.name, actor="operator:local", at=AT)
        await self.admin.log.append(event, after=last.sequence if last else 0)


@pytest.fixture
async def setup(broker: TestBroker, tmp_path: Path) -> AsyncIterator[PolicySetup]:
    """No policy is activated yet."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    keys = create_policy_keys(secrets)
    operator, moderation = await broker.connect(), await broker.connect("moderation")
    admin = await PolicyAdmin.open(operator, keys)
    trusted = TrustedKeys.parse(keys.trusted_keys.dump())
    yield PolicySetup(
        broker, admin, Log(moderation), await BundleStore.open(moderation), trusted, PolicyFollower(), secrets
    )
    for client in (operator, moderation):
        with suppress(BrokerError):
            await client.close()


async def test_without_an_activation_there_is_no_policy(setup: PolicySetup) -> None:
    policies = await setup.refresh()
    assert policies.policy is None
    assert "no policy has been activated" in policies.problem


async def test_an_activation_is_followed_without_a_restart(setup: PolicySetup) -> None:
    following = asyncio.create_task(setup.policies.follow(setup.log, setup.bundles, setup.trusted))
    await setup.activate(SHIPPED)
    await setup.policies.wait_until_loaded(TIMEOUT_S)
    assert setup.policies.reference.digest == SHIPPED.digest
    newer = _version(SHIPPED.version + 1)
    await setup.activate(newer)
    await wait_until(setup.has_activated(newer), "the newer version is active")
    assert setup.policies.reference == PolicyRef(digest=newer.digest, version=newer.version)
    following.cancel()


async def test_with_a_missing_bundle_no_policy_is_used(setup: PolicySetup) -> None:
    await setup.activate(SHIPPED)
    await setup.refresh()
    await setup.forge_activation(_version(SHIPPED.version + 1))
    policies = await setup.refresh()
    assert policies.policy is None
    assert "is missing" in policies.problem
    assert policies.reference.version == SHIPPED.version + 1


async def test_with_a_forged_bundle_no_policy_is_used(setup: PolicySetup) -> None:
    await setup.admin.bundles.store(sign_bundle(SHIPPED, UNKNOWN_KEY))
    await setup.forge_activation(SHIPPED)
    policies = await setup.refresh()
    assert policies.policy is None
    assert "unknown key" in policies.problem


async def test_an_older_version_needs_a_signed_note(setup: PolicySetup) -> None:
    newer = await setup.activate_two()
    assert await setup.active_digest() == newer.digest
    await setup.forge_activation(SHIPPED)
    assert "no signed note allows it" in (await setup.refresh()).problem
    await setup.activate(newer)
    with pytest.raises(CannotActivate, match="ottit policy rollback"):
        await setup.admin.activate(SHIPPED)
    await setup.admin.activate(SHIPPED, back=True)
    assert await setup.active_digest() == SHIPPED.digest


async def test_an_older_version_is_refused_even_after_a_restart(setup: PolicySetup) -> None:
    await setup.activate_two()
    await setup.forge_activation(SHIPPED)
    restarted = PolicyFollower()
    await restarted.refresh(setup.log, setup.bundles, setup.trusted)
    assert restarted.policy is None
    assert "no signed note allows it" in restarted.problem


async def test_a_note_is_valid_for_one_rollback_only(setup: PolicySetup) -> None:
    newer = await setup.activate_two()
    back = await setup.admin.activate(SHIPPED, back=True)
    assert back is not None
    assert isinstance(back.data, PolicyActivated)
    await setup.admin.activate(newer)
    assert await setup.active_digest() == newer.digest
    await setup.forge_activation(SHIPPED, back.data.note)
    assert "older than the last activation" in (await setup.refresh()).problem


async def test_after_an_unreadable_activation_no_policy_is_used_until_the_next_one(setup: PolicySetup) -> None:
    await setup.activate(SHIPPED)
    following = asyncio.create_task(setup.policies.follow(setup.log, setup.bundles, setup.trusted))
    await setup.policies.wait_until_loaded(TIMEOUT_S)
    later = b'{"type": "policy.activated", "version": 99, "data": {}}'
    await setup.admin.broker.jetstream().publish(PolicyActivated.subject(SHIPPED.name), later)
    assert "cannot be decoded" in (await setup.refresh()).problem
    assert setup.policies.policy is None
    newer = _version(SHIPPED.version + 1)
    await setup.activate(newer)
    await wait_until(setup.has_activated(newer), "the newer version is active")
    following.cancel()


async def test_an_untrusted_activation_can_be_repeated_with_a_note(setup: PolicySetup) -> None:
    await setup.activate_two()
    await setup.forge_activation(SHIPPED)
    assert await setup.active_digest() == ""
    assert await setup.admin.activate(SHIPPED, back=True) is not None
    assert await setup.active_digest() == SHIPPED.digest


async def test_a_rollback_stays_valid_after_its_key_was_replaced(setup: PolicySetup) -> None:
    await setup.activate_two()
    await setup.admin.activate(SHIPPED, back=True)
    note = prepare_next_policy_key(setup.secrets, {SHIPPED.name: SHIPPED.version + 2})
    await setup.admin.bundles.store_successor(note)
    renewed = await PolicyAdmin.open(setup.admin.broker, activate_next_policy_key(setup.secrets, note))
    assert await renewed.renew() is not None
    assert await setup.active_digest() == SHIPPED.digest
    assert (await renewed.active_policy()).policy.digest == SHIPPED.digest


async def test_a_version_is_used_once(setup: PolicySetup) -> None:
    await setup.admin.draft(SHIPPED)
    await setup.admin.draft(SHIPPED)
    with pytest.raises(CannotActivate, match=f"version: {SHIPPED.version + 1}"):
        await setup.admin.draft(_version(SHIPPED.version, appeal_days=3))


async def test_a_policy_that_fails_its_cases_is_not_drafted(setup: PolicySetup) -> None:
    cases = SHIPPED.cases.model_copy(update={"passes": ("Send nudes",)})
    with pytest.raises(CannotActivate, match=r"passes: sexual\.solicitation fires on 'Send nudes'"):
        await setup.admin.draft(_version(SHIPPED.version, cases=cases))


async def test_a_policy_that_was_measured_for_another_model_is_not_drafted(setup: PolicySetup) -> None:
    pin = ModelPin(sha256="a" * 64, tokenizer_sha256="b" * 64)
    with pytest.raises(CannotActivate, match="another model"):
        await setup.admin.draft(_version(SHIPPED.version, model=pin))


async def test_not_even_the_operator_can_change_a_stored_bundle(setup: PolicySetup) -> None:
    await setup.admin.draft(SHIPPED)
    bucket = await setup.admin.broker.jetstream().key_value("POLICIES")
    before = await setup.bundles.read(SHIPPED.digest)
    for change in (bucket.put(SHIPPED.digest, b"{}"), bucket.delete(SHIPPED.digest), bucket.purge(SHIPPED.digest)):
        with pytest.raises(APIError):
            await change
    assert await setup.bundles.read(SHIPPED.digest) == before


async def test_moderation_can_neither_store_nor_activate_a_policy(setup: PolicySetup) -> None:
    with pytest.raises((BrokerError, asyncio.TimeoutError, UnknownOutcome)):
        async with asyncio.timeout(1):
            await setup.bundles.store(sign_bundle(SHIPPED, UNKNOWN_KEY))
    fact = PolicyActivated(digest=SHIPPED.digest, version=SHIPPED.version)
    hurried = Log(await setup.broker.connect("moderation"), timeout=0.5)
    with pytest.raises(UnknownOutcome):
        await hurried.append(record(fact, SHIPPED.name, actor="service:moderation", at=AT), after=0)
    assert (await setup.refresh()).policy is None


async def test_a_replica_that_knows_the_old_key_trusts_its_successor(setup: PolicySetup) -> None:
    await setup.activate(SHIPPED)
    note = prepare_next_policy_key(setup.secrets, {SHIPPED.name: SHIPPED.version + 1})
    await setup.admin.bundles.store_successor(note)
    renewed = await PolicyAdmin.open(setup.admin.broker, activate_next_policy_key(setup.secrets, note))
    assert await setup.active_digest() == SHIPPED.digest
    newer = _version(SHIPPED.version + 1)
    await renewed.draft(newer)
    await renewed.activate(newer)
    assert await setup.active_digest() == newer.digest
    stolen = _version(SHIPPED.version + 2)
    await setup.admin.bundles.store(sign_bundle(stolen, setup.admin.keys.signing))
    await setup.forge_activation(stolen)
    assert "replaced key" in (await setup.refresh()).problem


async def test_an_installation_starts_with_the_shipped_policy_and_keeps_a_rollback(setup: PolicySetup) -> None:
    assert "is active" in await ensure_policy(setup.admin.broker, setup.admin.keys)
    assert await ensure_policy(setup.admin.broker, setup.admin.keys) == ""
    assert await setup.active_digest() == SHIPPED.digest
    await setup.activate(_version(SHIPPED.version + 5))
    assert await ensure_policy(setup.admin.broker, setup.admin.keys) == ""
    await setup.admin.activate(SHIPPED, back=True)
    assert await ensure_policy(setup.admin.broker, setup.admin.keys) == ""
