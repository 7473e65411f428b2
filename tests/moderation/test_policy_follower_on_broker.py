"""The policy that decides is the one that the log names, checked; while there is none, texts are held."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from nats.errors import Error as BrokerError
from nats.js.errors import APIError

from deploy.installation.signing_keys import activate_next_policy_key, open_policy_keys, prepare_next_policy_key
from deploy.policy.admin import CannotActivate, PolicyAdmin
from deploy.policy.default_policy import ensure_policy
from services.moderation.policy_follower import PolicyFollower
from shared.log.append import Log, UnknownOutcome
from shared.log.events import PolicyActivated, PolicyRef, record
from shared.policy import DEFAULT_POLICY, Policy, load_policy
from shared.policy.bundle import seal
from shared.policy.bundle_store import BundleStore
from shared.policy.schema import ModelPin
from shared.policy.signing import SigningKey, TrustedKeys
from shared.testing import AT, TestBroker, changed_policy
from tests.faults.waiting import TIMEOUT_S, wait_until

pytestmark = pytest.mark.broker
SHIPPED = load_policy(DEFAULT_POLICY)
STRANGER = SigningKey(b"\x09" * 32)


def _version(version: int, **changes: object) -> Policy:
    return changed_policy(SHIPPED, version=version, **changes)


@dataclass
class Town:
    """The operator's desk, and moderation's view of it."""

    broker: TestBroker
    admin: PolicyAdmin
    judge: Log
    bundles: BundleStore
    ring: TrustedKeys
    policies: PolicyFollower
    secrets: Path

    async def activate(self, policy: Policy, *, back: bool = False) -> None:
        """Draft and activate."""
        await self.admin.draft(policy)
        await self.admin.activate(policy, back=back)

    async def moved_on(self) -> Policy:
        """The shipped policy was activated, and then the next version, which is returned."""
        newer = _version(SHIPPED.version + 1)
        for policy in (SHIPPED, newer):
            await self.activate(policy)
        return newer

    async def look(self) -> PolicyFollower:
        """Moderation looks at the log."""
        await self.policies.refresh(self.judge, self.bundles, self.ring)
        return self.policies

    async def judges_by(self) -> str:
        """The digest of the policy that moderation trusts now; empty: none."""
        policy = (await self.look()).policy
        return policy.digest if policy else ""

    def has_moved_on_to(self, policy: Policy) -> Callable[[], Awaitable[bool]]:
        """Whether moderation judges by this policy, without being told to look."""

        async def moved_on() -> bool:
            return self.policies.reference.digest == policy.digest

        return moved_on

    async def claim(self, policy: Policy, note: str = "") -> None:
        """Append an activation past the desk."""
        last = await self.admin.log.last("policy", policy.name)
        fact = PolicyActivated(digest=policy.digest, version=policy.version, note=note)
        event = record(fact, policy.name, actor="operator:local", at=AT)
        await self.admin.log.append(event, after=last.sequence if last else 0)


@pytest.fixture
async def town(broker: TestBroker, tmp_path: Path) -> AsyncIterator[Town]:
    """Nothing is activated yet."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    keys = open_policy_keys(secrets)
    operator, moderation = await broker.connect(), await broker.connect("moderation")
    admin = await PolicyAdmin.open(operator, keys)
    ring = TrustedKeys.parse(keys.trusted_keys.dump())
    yield Town(broker, admin, Log(moderation), await BundleStore.open(moderation), ring, PolicyFollower(), secrets)
    for client in (operator, moderation):
        with suppress(BrokerError):
            await client.close()


async def test_without_an_activation_there_is_no_policy(town: Town) -> None:
    policies = await town.look()
    assert policies.policy is None
    assert "no policy has been activated" in policies.problem


async def test_an_activation_is_followed_without_a_restart(town: Town) -> None:
    following = asyncio.create_task(town.policies.follow(town.judge, town.bundles, town.ring))
    await town.activate(SHIPPED)
    await town.policies.wait_until_loaded(TIMEOUT_S)
    assert town.policies.reference.digest == SHIPPED.digest
    newer = _version(SHIPPED.version + 1)
    await town.activate(newer)
    await wait_until(town.has_moved_on_to(newer), "the newer version judges")
    assert town.policies.reference == PolicyRef(digest=newer.digest, version=newer.version)
    following.cancel()


async def test_a_missing_bundle_stops_the_judging(town: Town) -> None:
    await town.activate(SHIPPED)
    await town.look()
    await town.claim(_version(SHIPPED.version + 1))
    policies = await town.look()
    assert policies.policy is None
    assert "is missing" in policies.problem
    assert policies.reference.version == SHIPPED.version + 1


async def test_a_forged_bundle_stops_the_judging(town: Town) -> None:
    await town.admin.bundles.store(seal(SHIPPED, STRANGER))
    await town.claim(SHIPPED)
    policies = await town.look()
    assert policies.policy is None
    assert "unknown key" in policies.problem


async def test_an_older_version_needs_the_operators_note(town: Town) -> None:
    newer = await town.moved_on()
    assert await town.judges_by() == newer.digest
    await town.claim(SHIPPED)
    assert "no signed note allows it" in (await town.look()).problem
    await town.activate(newer)
    with pytest.raises(CannotActivate, match="ottit policy rollback"):
        await town.admin.activate(SHIPPED)
    await town.admin.activate(SHIPPED, back=True)
    assert await town.judges_by() == SHIPPED.digest


async def test_a_restart_forgets_no_version(town: Town) -> None:
    await town.moved_on()
    await town.claim(SHIPPED)
    restarted = PolicyFollower()
    await restarted.refresh(town.judge, town.bundles, town.ring)
    assert restarted.policy is None
    assert "no signed note allows it" in restarted.problem


async def test_the_note_of_an_earlier_rollback_counts_for_that_one_only(town: Town) -> None:
    newer = await town.moved_on()
    back = await town.admin.activate(SHIPPED, back=True)
    assert back is not None
    assert isinstance(back.data, PolicyActivated)
    await town.admin.activate(newer)
    assert await town.judges_by() == newer.digest
    await town.claim(SHIPPED, back.data.note)
    assert "older than the last activation" in (await town.look()).problem


async def test_an_activation_that_cannot_be_read_stops_the_judging_until_there_is_one_that_can(town: Town) -> None:
    await town.activate(SHIPPED)
    following = asyncio.create_task(town.policies.follow(town.judge, town.bundles, town.ring))
    await town.policies.wait_until_loaded(TIMEOUT_S)
    later = b'{"type": "policy.activated", "version": 99, "data": {}}'
    await town.admin.broker.jetstream().publish(PolicyActivated.subject(SHIPPED.name), later)
    assert "cannot be decoded" in (await town.look()).problem
    assert town.policies.policy is None
    newer = _version(SHIPPED.version + 1)
    await town.activate(newer)
    await wait_until(town.has_moved_on_to(newer), "the newer version judges")
    following.cancel()


async def test_what_is_named_but_not_believed_can_be_activated_again(town: Town) -> None:
    await town.moved_on()
    await town.claim(SHIPPED)
    assert await town.judges_by() == ""
    assert await town.admin.activate(SHIPPED, back=True) is not None
    assert await town.judges_by() == SHIPPED.digest


async def test_a_rollback_outlives_the_key_that_it_was_signed_with(town: Town) -> None:
    await town.moved_on()
    await town.admin.activate(SHIPPED, back=True)
    note = prepare_next_policy_key(town.secrets, {SHIPPED.name: SHIPPED.version + 2})
    await town.admin.bundles.store_successor(note)
    renewed = await PolicyAdmin.open(town.admin.broker, activate_next_policy_key(town.secrets, note))
    assert await renewed.renew() is not None
    assert await town.judges_by() == SHIPPED.digest
    assert (await renewed.active_policy()).policy.digest == SHIPPED.digest


async def test_a_version_is_used_once(town: Town) -> None:
    await town.admin.draft(SHIPPED)
    await town.admin.draft(SHIPPED)
    with pytest.raises(CannotActivate, match=f"version: {SHIPPED.version + 1}"):
        await town.admin.draft(_version(SHIPPED.version, appeal_days=3))


async def test_a_policy_that_fails_its_cases_is_not_drafted(town: Town) -> None:
    cases = SHIPPED.cases.model_copy(update={"passes": ("Send nudes",)})
    with pytest.raises(CannotActivate, match=r"passes: sexual\.solicitation fires on 'Send nudes'"):
        await town.admin.draft(_version(SHIPPED.version, cases=cases))


async def test_a_policy_that_was_measured_for_another_model_is_not_drafted(town: Town) -> None:
    pin = ModelPin(sha256="a" * 64, tokenizer_sha256="b" * 64)
    with pytest.raises(CannotActivate, match="another model"):
        await town.admin.draft(_version(SHIPPED.version, model=pin))


async def test_nothing_in_the_bucket_can_be_changed_even_by_the_operator(town: Town) -> None:
    await town.admin.draft(SHIPPED)
    bucket = await town.admin.broker.jetstream().key_value("POLICIES")
    before = await town.bundles.read(SHIPPED.digest)
    for change in (bucket.put(SHIPPED.digest, b"{}"), bucket.delete(SHIPPED.digest), bucket.purge(SHIPPED.digest)):
        with pytest.raises(APIError):
            await change
    assert await town.bundles.read(SHIPPED.digest) == before


async def test_who_judges_can_neither_store_nor_activate_a_policy(town: Town) -> None:
    with pytest.raises((BrokerError, asyncio.TimeoutError, UnknownOutcome)):
        await asyncio.wait_for(town.bundles.store(seal(SHIPPED, STRANGER)), 1)
    fact = PolicyActivated(digest=SHIPPED.digest, version=SHIPPED.version)
    hurried = Log(await town.broker.connect("moderation"), timeout=0.5)
    with pytest.raises(UnknownOutcome):
        await hurried.append(record(fact, SHIPPED.name, actor="service:moderation", at=AT), after=0)
    assert (await town.look()).policy is None


async def test_a_new_key_is_believed_by_who_knows_only_the_old_one(town: Town) -> None:
    await town.activate(SHIPPED)
    note = prepare_next_policy_key(town.secrets, {SHIPPED.name: SHIPPED.version + 1})
    await town.admin.bundles.store_successor(note)
    renewed = await PolicyAdmin.open(town.admin.broker, activate_next_policy_key(town.secrets, note))
    assert await town.judges_by() == SHIPPED.digest
    newer = _version(SHIPPED.version + 1)
    await renewed.draft(newer)
    await renewed.activate(newer)
    assert await town.judges_by() == newer.digest
    stolen = _version(SHIPPED.version + 2)
    await town.admin.bundles.store(seal(stolen, town.admin.keys.signing))
    await town.claim(stolen)
    assert "replaced key" in (await town.look()).problem


async def test_an_installation_begins_with_the_shipped_policy_and_keeps_what_it_went_back_to(town: Town) -> None:
    assert "is active" in await ensure_policy(town.admin.broker, town.admin.keys)
    assert await ensure_policy(town.admin.broker, town.admin.keys) == ""
    assert await town.judges_by() == SHIPPED.digest
    await town.activate(_version(SHIPPED.version + 5))
    assert await ensure_policy(town.admin.broker, town.admin.keys) == ""
    await town.admin.activate(SHIPPED, back=True)
    assert await ensure_policy(town.admin.broker, town.admin.keys) == ""
