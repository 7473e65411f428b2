"""Tests of `GET /v1/policy`."""

import json
from pathlib import Path

import pytest

from deploy.installation.signing_keys import create_policy_keys
from deploy.policy.policy_admin import PolicyAdmin
from shared.log.events import PolicyActivated
from shared.policy import DEFAULT_POLICY, load_policy
from shared.policy.signing import Signed
from shared.testing import TestBroker, changed_policy
from tests.gateway.conftest import running_gateway

pytestmark = pytest.mark.broker
SHIPPED = load_policy(DEFAULT_POLICY)


async def test_only_a_signed_policy_is_served_and_a_digest_is_immutable(broker: TestBroker, tmp_path: Path) -> None:
    keys = create_policy_keys(tmp_path)
    admin = await PolicyAdmin.open(await broker.connect(), keys)
    async with running_gateway(broker, tmp_path, policy_keys=keys.trusted_keys.dump()) as gateway:
        http = gateway.visitor()
        assert (await http.get("/v1/policy")).json()["code"] == "no_policy"
        await admin.draft(SHIPPED)
        await admin.activate(SHIPPED)
        found = await http.get("/v1/policy")
        shown = found.json()
        signed = Signed(key_id=shown["key_id"], signature=shown["signature"], text=shown["view"])
        keys.trusted_keys.check(signed, SHIPPED.name, SHIPPED.version)
        assert (shown["digest"], json.loads(shown["view"])["digest"]) == (SHIPPED.digest, SHIPPED.digest)
        again = await http.get("/v1/policy", headers={"if-none-match": found.headers["etag"]})
        assert (again.status_code, found.headers["cache-control"]) == (304, "no-cache")
        compressed = await http.get("/v1/policy", headers={"if-none-match": f'"old", W/{found.headers["etag"]}'})
        assert compressed.status_code == 304
        newer = changed_policy(SHIPPED, version=SHIPPED.version + 1)
        await admin.draft(newer)
        await admin.activate(newer)
        await admin.activate(SHIPPED, back=True)
        assert [json.loads(note["text"])["note"] for note in (await http.get("/v1/policy")).json()["notes"]] == [
            "switch"
        ]
        named = await http.get(f"/v1/policy/{newer.digest}")
        assert (named.json()["version"], "immutable" in named.headers["cache-control"]) == (newer.version, True)
        assert (await http.get(f"/v1/policy/{'0' * 64}")).status_code == 404
        model = SHIPPED.model.sha256 if SHIPPED.model else ""
        recent = {SHIPPED.digest: model, newer.digest: model}
        assert await gateway.dependencies.policies.recent_models() == recent
        await admin.broker.jetstream().publish(PolicyActivated.subject(SHIPPED.name), b"{")
        assert await gateway.dependencies.policies.recent_models() == recent
        assert (await http.get("/v1/policy")).json()["code"] == "no_policy"
        await admin.broker.jetstream().publish(f"$KV.POLICIES.successor.{keys.trusted_keys.newest}", b"{")
        assert await gateway.dependencies.policies.recent_models() == recent
        assert (await http.get(f"/v1/policy/{'1' * 64}")).status_code == 404
