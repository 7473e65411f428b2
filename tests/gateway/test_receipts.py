"""Tests of receipts of dry runs."""

import base64
from datetime import timedelta

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.gateway.previews.receipts import VALID_FOR, Receipts, Signed, Statement
from shared.content import Content
from shared.log.preview_records import salted_hash
from shared.testing import AT

RECEIPTS = Receipts(bytes(32))
TEXT = Content(title="Tomatoes", body="They are ripe.")
SALT = "0198c0de-7e57-7abc-8def-0123456789ab"


def receipt(receipts: Receipts = RECEIPTS, **fields: object) -> Signed:
    said = {
        "preview_id": SALT, "content_hash": salted_hash(SALT, TEXT), "community": "garden", "outcome": "published",
        "policy_digest": "d" * 64, "policy_version": 1, "engine": "local", "model": "m", "checked_at": AT,
        "expires_at": AT + VALID_FOR,
    }  # fmt: skip
    return receipts.sign(Statement.model_validate(said | fields))


def test_a_receipt_is_valid_for_its_text() -> None:
    finding, statement = RECEIPTS.check(receipt(), TEXT, AT)
    assert finding == "valid"
    assert statement is not None
    assert (statement.outcome, statement.policy_digest) == ("published", "d" * 64)


def test_replicas_sign_alike_and_other_servers_do_not() -> None:
    assert Receipts(bytes(32)).check(receipt(), TEXT, AT)[0] == "valid"
    assert Receipts(bytes(range(32))).check(receipt(), TEXT, AT) == ("signature", None)


def test_a_receipt_does_not_fit_another_text() -> None:
    assert RECEIPTS.check(receipt(), TEXT.model_copy(update={"body": "They are ripe!"}), AT)[0] == "other_text"


def test_a_receipt_expires_after_an_hour() -> None:
    assert RECEIPTS.check(receipt(), TEXT, AT + VALID_FOR)[0] == "valid"
    assert RECEIPTS.check(receipt(), TEXT, AT + VALID_FOR + timedelta(seconds=1))[0] == "expired"


@pytest.mark.parametrize("field", ["outcome", "policy_digest", "content_hash", "expires_at", "community"])
def test_a_changed_statement_breaks_the_signature(field: str) -> None:
    signed = receipt(outcome="held")
    said = orjson.loads(signed.statement) | {field: "published"}
    forged = signed.model_copy(update={"statement": orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()})
    assert RECEIPTS.check(forged, TEXT, AT) == ("signature", None)


def test_a_receipt_with_another_key_id_is_refused() -> None:
    assert RECEIPTS.check(receipt().model_copy(update={"key_id": ""}), TEXT, AT)[0] == "valid"
    assert RECEIPTS.check(receipt().model_copy(update={"key_id": "0" * 16}), TEXT, AT) == ("signature", None)


@pytest.mark.parametrize("signature", ["", "x", "====", base64.urlsafe_b64encode(bytes(64)).decode()])
def test_a_malformed_signature_is_refused(signature: str) -> None:
    assert RECEIPTS.check(receipt().model_copy(update={"signature": signature}), TEXT, AT)[1] is None


def test_the_public_key_verifies_a_receipt_offline() -> None:
    signed = receipt()
    key = Ed25519PublicKey.from_public_bytes(RECEIPTS.public_key)
    key.verify(base64.urlsafe_b64decode(signed.signature), signed.statement.encode())
