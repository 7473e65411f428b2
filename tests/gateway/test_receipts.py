"""A receipt holds for exactly the text, the policy and the hour that it names, and only from this house."""

import base64
from datetime import timedelta

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.gateway.previews.receipts import VALID_FOR, Receipts, Signed, Statement
from shared.content import Content
from shared.log.preview_records import salted_hash
from shared.testing import AT

HOUSE = Receipts(bytes(32))
TEXT = Content(title="Tomatoes", body="They are ripe.")
SALT = "0198c0de-7e57-7abc-8def-0123456789ab"


def receipt(house: Receipts = HOUSE, **fields: object) -> Signed:
    said = {
        "preview_id": SALT, "content_hash": salted_hash(SALT, TEXT), "community": "garden", "outcome": "published",
        "policy_digest": "d" * 64, "policy_version": 1, "engine": "local", "model": "m", "checked_at": AT,
        "expires_at": AT + VALID_FOR,
    }  # fmt: skip
    return house.sign(Statement.model_validate(said | fields))


def test_what_was_signed_is_valid_for_its_text() -> None:
    finding, statement = HOUSE.check(receipt(), TEXT, AT)
    assert finding == "valid"
    assert statement is not None
    assert (statement.outcome, statement.policy_digest) == ("published", "d" * 64)


def test_every_replica_signs_alike_and_another_house_does_not() -> None:
    assert Receipts(bytes(32)).check(receipt(), TEXT, AT)[0] == "valid"
    assert Receipts(bytes(range(32))).check(receipt(), TEXT, AT) == ("signature", None)


def test_another_text_is_another_text() -> None:
    assert HOUSE.check(receipt(), TEXT.model_copy(update={"body": "They are ripe!"}), AT)[0] == "other_text"


def test_after_an_hour_it_says_nothing_any_more() -> None:
    assert HOUSE.check(receipt(), TEXT, AT + VALID_FOR)[0] == "valid"
    assert HOUSE.check(receipt(), TEXT, AT + VALID_FOR + timedelta(seconds=1))[0] == "expired"


@pytest.mark.parametrize("field", ["outcome", "policy_digest", "content_hash", "expires_at", "community"])
def test_a_changed_word_breaks_the_signature(field: str) -> None:
    signed = receipt(outcome="held")
    said = orjson.loads(signed.statement) | {field: "published"}
    forged = signed.model_copy(update={"statement": orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()})
    assert HOUSE.check(forged, TEXT, AT) == ("signature", None)


def test_a_receipt_that_names_another_key_is_not_ours() -> None:
    assert HOUSE.check(receipt().model_copy(update={"key_id": ""}), TEXT, AT)[0] == "valid"
    assert HOUSE.check(receipt().model_copy(update={"key_id": "0" * 16}), TEXT, AT) == ("signature", None)


@pytest.mark.parametrize("signature", ["", "x", "====", base64.urlsafe_b64encode(bytes(64)).decode()])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    assert HOUSE.check(receipt().model_copy(update={"signature": signature}), TEXT, AT)[1] is None


def test_the_public_key_checks_a_receipt_without_asking() -> None:
    signed = receipt()
    key = Ed25519PublicKey.from_public_bytes(HOUSE.public_key)
    key.verify(base64.urlsafe_b64decode(signed.signature), signed.statement.encode())
