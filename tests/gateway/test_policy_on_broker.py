"""Tests of `GET /v1/policy`."""

import json
from pathlib import Path

import pytest

from deploy.installation.signing_keys import create_policy_keys
from deploy.policy.policy_admin import PolicyAdmin
from services.gateway.policy.schemas import judges_of
from shared.log.events import PolicyActivated
from shared.model.categories import COLUMNS
from shared.policy import DEFAULT_POLICY, load_policy
from shared.policy.signing import Signed
from shared.testing import TestBroker, changed_policy
from tests.gateway.conftest import running_gateway

pytestmark = pytest.mark.broker
SHIPPED = load_policy(DEFAULT_POLICY)


def test_judges_have_figures_only_of_the_model_that_they_were_measured_for() -> None:
    remote = SHIPPED.category("spam").model_copy(update={"engine": "openai"})
    others = tuple(entry for entry in SHIPPED.categories if entry.id != "spam")
    mixed = judges_of(SHIPPED.model_copy(update={"categories": (*others, remote)}))
    assert [(judge.engine, judge.categories, judge.measured is not None) for judge in mixed[1:]] == [
        ("local", [entry.id for entry in others if entry.id in COLUMNS], True),
        ("openai", ["spam"], False),
    ]
    assert all(judge.measured is None for judge in judges_of(SHIPPED.model_copy(update={"model": None})))


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
        rules, model = shown["judges"]
        assert (rules["engine"], rules["languages"], rules["measured"]) == ("rules", None, None)
        assert (model["engine"], model["languages"], model["categories"]) == ("local", ["en"], list(COLUMNS))
        assert model["measured"]["model"] == (SHIPPED.model and SHIPPED.model.sha256)
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
        assert named.json()["judges"] is None  # figures change with the model, and this answer never does
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
