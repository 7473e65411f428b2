"""Only complete bundles with valid signatures are accepted."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.policy import DEFAULT_POLICY, Policy, load_policy
from shared.policy.bundle import Bundle, InvalidBundle, open_bundle, sign_bundle
from shared.policy.canonical import canonical
from shared.policy.public_view import PublicView, split
from shared.policy.signing import (
    NewKeyNote,
    Signed,
    SigningKey,
    TrustedKey,
    TrustedKeys,
    UntrustedSignature,
    public_key_from,
    successor,
    to_base64,
)
from shared.testing import changed_policy

OLD, NEW, STRANGER = (SigningKey(bytes([number]) * 32) for number in (1, 2, 3))
TRUSTED = TrustedKeys([TrustedKey(OLD.public_key)])
POLICY = load_policy(DEFAULT_POLICY)
CONTRACT = Path(__file__).parents[1] / "contract"
SEALED = sign_bundle(POLICY, OLD)
NOTE = NewKeyNote(public_key=to_base64(NEW.public_key), previous=OLD.key_id, first={POLICY.name: POLICY.version + 1})

# A change that would let adverts pass.
SOFTER = ('"outcome":"reject"', '"outcome":"hold"')
Change = Callable[[dict[str, Any]], object]


def _stored(bundle: Bundle) -> bytes:
    return bundle.model_dump_json().encode()


def _note(key: SigningKey, note: NewKeyNote = NOTE) -> Signed:
    return key.sign(json.dumps(note.model_dump()))


def _version(version: int) -> Policy:
    return changed_policy(POLICY, version=version)


def test_a_sealed_policy_opens_unchanged() -> None:
    opened = open_bundle(_stored(SEALED), POLICY.digest, TRUSTED)
    assert opened.policy.canonical_json() == POLICY.canonical_json()
    assert opened.bundle == SEALED


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda stored: stored["view"].update(signature=""), "does not match"),
        (lambda stored: stored["view"].update(signature="*"), "does not match"),
        (lambda stored: stored["view"].update(text=stored["view"]["text"].replace(*SOFTER)), "does not match"),
        (lambda stored: stored["overlay"].update(text=stored["overlay"]["text"] + " "), "does not match"),
        (lambda stored: stored["overlay"].update(signature=stored["view"]["signature"]), "does not match"),
        (lambda stored: stored["overlay"].update(key_id="0" * 16), "unknown key"),
        (lambda stored: stored.update(digest="0" * 64), "another policy"),
        (lambda stored: stored.pop("overlay"), "damaged"),
        (lambda stored: stored.update(more=1), "damaged"),
    ],
)
def test_a_changed_bundle_is_refused(change: Change, complaint: str) -> None:
    stored = json.loads(_stored(SEALED))
    change(stored)
    with pytest.raises(InvalidBundle, match=complaint):
        open_bundle(json.dumps(stored).encode(), POLICY.digest, TRUSTED)


@pytest.mark.parametrize("stored", [b"", b"null", b"{", _stored(SEALED)[:-30]])
def test_a_truncated_bundle_is_refused(stored: bytes) -> None:
    with pytest.raises(InvalidBundle, match="damaged"):
        open_bundle(stored, POLICY.digest, TRUSTED)


def test_a_bundle_under_another_digest_is_refused() -> None:
    with pytest.raises(InvalidBundle, match="another policy"):
        open_bundle(_stored(SEALED), "0" * 64, TRUSTED)


def test_signed_views_of_two_policies_are_refused() -> None:
    mixed = SEALED.model_copy(update={"overlay": sign_bundle(_version(9), OLD).overlay})
    with pytest.raises(InvalidBundle, match="not the one that the public view names"):
        open_bundle(_stored(mixed), POLICY.digest, TRUSTED)


def test_a_signed_view_with_a_wrong_digest_is_refused() -> None:
    view = split(POLICY)[0].model_copy(update={"digest": "0" * 64})
    lying = SEALED.model_copy(update={"view": OLD.sign(canonical(view))})
    with pytest.raises(InvalidBundle, match="damaged"):
        open_bundle(_stored(lying), POLICY.digest, TRUSTED)


def test_without_trusted_keys_every_bundle_is_refused() -> None:
    with pytest.raises(InvalidBundle, match="unknown key"):
        open_bundle(_stored(SEALED), POLICY.digest, TrustedKeys.parse(""))


def test_a_replaced_key_may_only_sign_old_versions() -> None:
    trusted = TRUSTED.with_notes([_note(OLD)])
    assert open_bundle(_stored(SEALED), POLICY.digest, trusted).policy.version == POLICY.version
    later = _version(POLICY.version + 1)
    assert open_bundle(_stored(sign_bundle(later, NEW)), later.digest, trusted).policy.digest == later.digest
    with pytest.raises(InvalidBundle, match="replaced key"):
        open_bundle(_stored(sign_bundle(later, OLD)), later.digest, trusted)


def test_trusted_keys_survive_serialization() -> None:
    trusted = TRUSTED.with_notes([_note(OLD)])
    again = TrustedKeys.parse(trusted.dump())
    assert (again.dump(), again.oldest, again.newest) == (trusted.dump(), OLD.key_id, NEW.key_id)
    assert successor(_note(OLD)) == NEW.key_id


def test_only_the_newest_key_may_name_its_successor() -> None:
    by_stranger = _note(STRANGER, NOTE.model_copy(update={"previous": STRANGER.key_id}))
    assert TRUSTED.with_notes([by_stranger]).newest == OLD.key_id
    with pytest.raises(UntrustedSignature, match="does not match"):
        TRUSTED.with_notes([by_stranger.model_copy(update={"key_id": OLD.key_id})])
    with pytest.raises(UntrustedSignature, match="is for the key"):
        TRUSTED.with_notes([_note(OLD, NOTE.model_copy(update={"previous": STRANGER.key_id}))])


def test_clients_and_server_use_the_same_public_view() -> None:
    shown = PublicView.model_validate_json(SEALED.view.text)
    verified = open_bundle(_stored(SEALED), POLICY.digest, TRUSTED).policy
    public = {rule.id: rule.patterns for rule in verified.rules if rule.public}
    assert {rule.id: rule.patterns for rule in shown.rules} == public


def test_a_bundle_of_an_earlier_release_still_opens() -> None:
    # Signed by release 4 of the policy, which had six categories and none of the fields that were added since.
    earlier = json.loads((CONTRACT / "policy-vectors" / "earlier-bundle.json").read_text(encoding="ascii"))
    opened = open_bundle(json.dumps(earlier["bundle"]).encode(), earlier["digest"], TRUSTED)
    assert (opened.policy.version, len(opened.policy.categories)) == (4, 6)
    assert opened.policy.digest == earlier["digest"]


def test_a_new_field_is_part_of_the_digest_once_it_is_used() -> None:
    content = json.loads(POLICY.canonical_json())
    spam = next(entry for entry in content["categories"] if entry["id"] == "spam")
    assert "reject_any_harm" not in spam
    spam["reject_any_harm"] = 0.5
    changed = Policy.model_validate_json(json.dumps(content))
    assert changed.digest != POLICY.digest
    opened = open_bundle(_stored(sign_bundle(changed, OLD)), changed.digest, TRUSTED).policy
    assert opened.category("spam").reject_any_harm == 0.5


def test_a_signed_policy_that_contradicts_itself_is_refused_with_its_first_problem() -> None:
    signal = POLICY.spam_signals[0]
    sealed = sign_bundle(changed_policy(POLICY, spam_signals=(signal, signal)), OLD)
    message = f"the bundle {sealed.digest[:12]} is inconsistent: spam_signals: {signal.id!r} is defined twice"
    with pytest.raises(InvalidBundle) as refused:
        open_bundle(_stored(sealed), sealed.digest, TRUSTED)
    assert str(refused.value) == f"{message}, or also a rule"


def test_a_note_or_a_key_that_is_none_says_so() -> None:
    with pytest.raises(UntrustedSignature, match=f"^the note of the key {OLD.key_id} names no key$"):
        TRUSTED._with_successor(OLD.sign("{}"))
    with pytest.raises(UntrustedSignature, match=r"^a public key has 32 bytes, not 3$"):
        public_key_from("AAAX")


def test_only_padding_is_cut_from_base64() -> None:
    assert [to_base64(data) for data in (b"\0\0\x17", b"\0")] == ["AAAX", "AA"]
