"""Signed policies with the result that a client must give: written by `make_policy_vectors`, run by Vitest.

The signing keys are fixed and only used here.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.policy import Policy, load_policy
from shared.policy.bundle import Bundle, SwitchNote, sign_bundle
from shared.policy.signing import NewKeyNote, Signed, SigningKey, TrustedKey, TrustedKeys, to_base64
from shared.testing import changed_policy

OLD, NEW, STRANGER = (SigningKey(bytes([number]) * 32) for number in (1, 2, 3))
DIALECT = load_policy(Path(__file__).parent / "policy-vectors" / "dialect.yaml")
_ROTATION = NewKeyNote(public_key=to_base64(NEW.public_key), previous=OLD.key_id, first={"dialect": 3})

Case = dict[str, Any]


def bundle_vectors() -> dict[str, Any]:
    """Return name → keys and versions known to a browser, the received answer, and the expected result."""
    return {"cases": {case.pop("name"): case for case in _cases()}}


def _cases() -> Iterator[Case]:
    one, two, three = (_sealed(version, OLD) for version in (1, 2, 3))
    yield _case("the first visit", _answer(one), "accepted")
    yield _case("the same again", _answer(one), "accepted", seen=_seen(1))
    yield _case("a newer version", _answer(two), "accepted", seen=_seen(1))
    yield from _forged(one)
    yield from _older(one, three)
    yield from _rotated()


def _forged(bundle: Bundle) -> Iterator[Case]:
    answer = _answer(bundle)
    edited = answer["view"].replace('"outcome":"reject"', '"outcome":"hold"', 1)
    assert edited != answer["view"]
    yield _case("a stripped signature", answer | {"signature": ""}, "forged")
    yield _case("no signature at all", {key: answer[key] for key in answer if key != "signature"}, "forged")
    yield _case("no key id", answer | {"key_id": ""}, "forged")
    yield _case("an edited view", answer | {"view": edited}, "forged")
    yield _case("a view with one space more", answer | {"view": answer["view"] + " "}, "forged")
    yield _case("half a character in the view", answer | {"view": answer["view"] + "\ud800"}, "forged")
    yield _case("a signature that is cut short", answer | {"signature": answer["signature"][:-4]}, "forged")
    yield _case("a signature that is no base64", answer | {"signature": "=*="}, "forged")
    yield _case("the signature of the overlay", answer | {"signature": bundle.overlay.signature}, "forged")
    yield _case("the overlay in place of the view", _answer(bundle, bundle.overlay), "other_release")
    yield _case("another digest beside it", answer | {"digest": "0" * 64}, "forged")
    yield _case("another version beside it", answer | {"version": 9}, "forged")
    yield _case("signed by a stranger", _answer(_sealed(1, STRANGER)), "unknown_key")
    yield _case("a stranger who takes a known name", _answer(_sealed(1, STRANGER)) | {"key_id": OLD.key_id}, "forged")
    yield _case("truncated JSON, signed", _answer(bundle, OLD.sign(answer["view"][:-20])), "damaged")
    yield _case("no object", [], "damaged")
    yield _case("an empty answer", {}, "damaged")
    yield _case("another version of the page", _answer(bundle, OLD.sign('{"format":2}')), "other_release")
    other = _sealed(1, OLD, appeal_days=9)
    yield _case("two policies with one version", _answer(other), "forged", seen=_seen(1))


def _older(one: Bundle, three: Bundle) -> Iterator[Case]:
    note = _switch(one, highest=3, after=70)
    yield _case("an older version", _answer(one), "older", seen=_seen(3))
    yield _case("an older version with a note", _answer(one, notes=[note]), "accepted", seen=_seen(3))
    yield _case("a note by a stranger", _answer(one, notes=[_switch(one, 3, 70, STRANGER)]), "unknown_key", _seen(3))
    false = note.model_copy(update={"text": note.text.replace('"highest":3', '"highest":9')})
    yield _case("an edited note", _answer(one, notes=[false]), "forged", seen=_seen(4))
    yield _case("a note from before a newer version", _answer(one, notes=[note]), "older", seen=_seen(4))
    yield _case("a note that was used before", _answer(one, notes=[note]), "older", seen=_seen(3, after=70))
    about = _switch(_sealed(2, OLD), highest=3, after=70)
    yield _case("a note about another version", _answer(one, notes=[about]), "older", seen=_seen(3))
    strict = _sealed(1, OLD, name="strict")
    yield _case("another policy", _answer(strict), "older", seen=_seen(3))
    switch = _switch(strict, highest=0, after=80)
    yield _case("another policy with a note", _answer(strict, notes=[switch]), "accepted", seen=_seen(3))
    yield _case("the newer version without its note", _answer(three, notes=[note]), "accepted", seen=_seen(1))


def _rotated() -> Iterator[Case]:
    note, both = OLD.sign(_canonical(_ROTATION)), _ring(OLD).with_notes([OLD.sign(_canonical(_ROTATION))])
    new, stolen = _sealed(3, NEW), _sealed(3, OLD)
    yield _case("a new key without a note", _answer(new), "unknown_key")
    yield _case("a new key with a note of the old one", _answer(new, notes=[note]), "accepted", seen=_seen(2))
    yield _case("a new key on the page already", _answer(new), "accepted", keys=both)
    yield _case("the old key for an old version", _answer(_sealed(2, OLD), notes=[note]), "accepted", keys=both)
    yield _case("the old key for a new version", _answer(stolen, notes=[note]), "unknown_key")
    yield _case("the old key for a new name", _answer(_sealed(1, OLD, name="x.y")), "unknown_key", keys=both)
    own = STRANGER.sign(_canonical(_ROTATION.model_copy(update={"previous": STRANGER.key_id})))
    posing = own.model_copy(update={"key_id": OLD.key_id})
    yield _case("a new key that a stranger introduces", _answer(new, notes=[own]), "unknown_key")
    yield _case("a stranger who poses as the old key", _answer(new, notes=[posing]), "forged")
    late = _switch(new, highest=4, after=90, key=OLD)
    yield _case("a switch by the old key", _answer(new, notes=[late]), "unknown_key", seen=_seen(4), keys=both)


def _case(name: str, answer: object, says: str, seen: Case | None = None, keys: TrustedKeys | None = None) -> Case:
    believed = json.loads((keys or _ring(OLD)).dump())
    return {"name": name, "trust": {"keys": believed, "seen": seen}, "answer": answer, "says": says}


def _answer(bundle: Bundle, view: Signed | None = None, notes: list[Signed] | None = None) -> dict[str, Any]:
    signed = view or bundle.view
    return {
        "digest": bundle.digest,
        "version": json.loads(bundle.view.text)["version"],
        "key_id": signed.key_id,
        "signature": signed.signature,
        "view": signed.text,
        "notes": [note.model_dump() for note in notes or []],
    }


def _policy(version: int, **changes: object) -> Policy:
    return changed_policy(DIALECT, version=version, **changes)


def _sealed(version: int, key: SigningKey, **changes: object) -> Bundle:
    return sign_bundle(_policy(version, **changes), key)


def _seen(version: int, after: int = 0) -> Case:
    return {"name": "dialect", "version": version, "digest": _policy(version).digest, "after": after}


def _switch(bundle: Bundle, highest: int, after: int, key: SigningKey = OLD) -> Signed:
    view = json.loads(bundle.view.text)
    note = SwitchNote(digest=bundle.digest, name=view["name"], version=view["version"], highest=highest, after=after)
    return key.sign(_canonical(note))


def _canonical(note: NewKeyNote | SwitchNote) -> str:
    return json.dumps(note.model_dump(), sort_keys=True, separators=(",", ":"))


def _ring(key: SigningKey) -> TrustedKeys:
    return TrustedKeys([TrustedKey(key.public_key)])
