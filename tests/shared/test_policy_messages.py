"""The whole sentences that the author of a policy, or the operator, reads about a mistake."""

import json
from pathlib import Path

import pytest

from shared.policy import DEFAULT_POLICY, DialectError, PolicyError, load_policy
from shared.policy.bundle import InvalidBundle, open_bundle, sign_bundle
from shared.policy.canonical import canonical
from shared.policy.load import contradictions
from shared.policy.pattern_dialect import check_pattern
from shared.policy.public_view import public_view, split
from shared.policy.schema import Action
from shared.policy.signing import (
    InvalidTrustedKeys,
    NewKeyNote,
    SigningKey,
    TrustedKey,
    TrustedKeys,
    UntrustedSignature,
    from_base64,
    successor,
    to_base64,
)

POLICY = load_policy(DEFAULT_POLICY)
OLD, NEW, OTHER = (SigningKey(bytes([number]) * 32) for number in (1, 2, 3))
TRUSTED = TrustedKeys([TrustedKey(OLD.public_key)])
SIGNED = OLD.sign("text")
NEVER = "never occurs in normalized text (lower case, no accents, plain spaces)"


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("ab*", r"position 2: '*' is not in the dialect; write \* for the character"),
        ("ab{2,}", "position 2: a repeat is {n} or {m,n}"),
        ("a{1,2", "position 1: a repeat is {n} or {m,n}"),
        ("ab{0,65}", "position 2: a repeat runs from low to high, at most 64"),
        ("ab{0}", "position 2: a repeat runs from low to high, at most 64"),
        ("ab{3,2}", "position 2: a repeat runs from low to high, at most 64"),
        ("ab??", "position 3: a repeat of a repeat"),
        ("a{1,2}{", "position 6: a repeat of a repeat"),
        ("a{1,2}+", "position 6: a repeat of a repeat"),
        ("a?*", "position 2: a repeat of a repeat"),
        ("x(ab)", "position 1: only (?:...) groups; no look-around and no captures"),
        ("(?:ab", "position 5: a group is not closed"),
        ("ab)", "position 2: a closing parenthesis without a group"),
        ("ab|", "position 3: an empty alternative"),
        (r"x\w", r"position 1: \w is not in the dialect"),
        ("a\\", "position 1: \\ is not in the dialect"),
        (r"a\-", r"position 1: \- is not in the dialect"),
        ("[a-]", "position 3: ']' in a class needs a backslash"),
        ("[a--]", "position 3: '-' in a class needs a backslash"),
        ("[z-a]", "position 4: a range runs from a lower to a higher character"),
        ("[a-a]", "position 4: a range runs from a lower to a higher character"),
        (r"[\d-z]", "position 5: a range runs from a lower to a higher character"),
        ("[&&]", "position 3: '&' is in the class twice"),
        ("[^]", "position 2: a class is empty or not closed"),
        ("[ab", "position 3: a class is empty or not closed"),
        ("[", "position 1: a class is empty or not closed"),
        ("Ab", f"position 0: 'A' {NEVER}"),
        ("[é]", f"position 1: 'é' {NEVER}"),
        ("a?b{0,3}", "position 0: matches the empty text, so it would fire everywhere"),
        (r"(?:\b){2}a", "position 6: a repeat of a part that can be empty"),
        ("(?:a{1,10}){1,10}b", "position 17: more than 10000 paths through the pattern"),
    ],
)
def test_a_pattern_outside_the_dialect(pattern: str, message: str) -> None:
    with pytest.raises(DialectError) as refused:
        check_pattern(pattern)
    assert str(refused.value) == message
    assert (refused.value.pattern, f"position {refused.value.position}: {refused.value.reason}") == (pattern, message)


@pytest.mark.parametrize(
    ("pattern", "shortest", "paths", "literal"),
    [
        ("abc", 3, 1, "abc"),
        (r"a\.b", 3, 1, "a.b"),
        (r"\bab\b", 2, 1, "ab"),
        (r"a\d", 2, 1, None),
        ("[ab]c", 2, 1, None),
        ("[^a]", 1, 1, None),
        ("(?:ab)c", 3, 1, "abc"),
        ("ab?", 1, 2, None),
        ("ab{3}", 4, 1, None),
        ("ab{1,64}", 2, 64, None),
        ("(?:ab?){2}", 2, 4, None),
        ("(?:ab?){1,2}", 1, 6, None),
        ("a?b?c", 1, 4, None),
        ("(?:abc|de)", 2, 1, None),
        ("(?:ab|abc|abcd)", 2, 3, None),
        ("(?:ab|ab?)", 1, 3, None),
        ("(?:a?b|c?d)", 1, 4, None),
        ("ab|c", 1, 1, None),
        ("(?:(?:ab|c)d|e)", 1, 2, None),
        (r"[a\-z]", 1, 1, None),
        (r"[\d_]", 1, 1, None),
        ("a{1,10}" * 4, 4, 10_000, None),
    ],
)
def test_the_bounds_of_a_pattern(pattern: str, shortest: int, paths: int, literal: str | None) -> None:
    bounds = check_pattern(pattern)
    assert (bounds.shortest, bounds.paths, bounds.literal) == (shortest, paths, literal)


def test_contradictions_name_their_keys() -> None:
    spam, hate = POLICY.category("spam"), POLICY.category("hate")
    rule = next(rule for rule in POLICY.rules if rule.category == "spam")
    wrong = rule.model_copy(update={"id": "hate.adverts", "outcome": Action.REJECT})
    changes = {
        "categories": (spam.model_copy(update={"reject": None}), hate, hate),
        "rules": (wrong, wrong),
        "prompts": {},
    }
    found = contradictions(POLICY.model_copy(update=changes))
    assert found[0] == "categories: 'hate' is defined twice"
    assert "categories: 'sexual' is missing" in found
    assert "rules: 'hate.adverts' is defined twice" in found
    for number in (0, 1):
        assert f"rules.{number}.outcome: 'hate.adverts' rejects, but 'spam' has no reject threshold" in found
        assert f"rules.{number}.id: 'hate.adverts' does not start with its category, 'spam'" in found
    assert "prompts: 'moderation' is missing" in found
    assert contradictions(POLICY) == []


def test_every_problem_of_a_file_is_on_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    for content, problem in (("[]", "policy: "), ("{a: [}", "cannot be read: "), ("{a: 1, a: 2}", "cannot be read: ")):
        path.write_text(content)
        (tmp_path / "prompts.yaml").write_text("{}")
        (tmp_path / "cases.yaml").write_text("{}")
        with pytest.raises(PolicyError) as refused:
            load_policy(path)
        assert refused.value.path == path
        assert refused.value.problems[0].startswith(problem)
        assert str(refused.value) == "\n".join(f"{path}: {line}" for line in refused.value.problems)


def test_a_signature_that_does_not_fit_names_its_key() -> None:
    for changed in ({"text": "other"}, {"signature": "AAAA"}, {"text": "\ud800"}):
        with pytest.raises(UntrustedSignature) as refused:
            TRUSTED.check(SIGNED.model_copy(update=changed), "any", 1)
        assert str(refused.value) == f"the signature of the key {OLD.key_id} does not match the text"


def test_a_key_that_may_not_sign_is_named() -> None:
    with pytest.raises(UntrustedSignature) as unknown:
        TRUSTED.check(OTHER.sign("text"), "any", 1)
    assert str(unknown.value) == f"signed with the unknown key {OTHER.key_id}"
    replaced = TrustedKeys([TrustedKey(OLD.public_key, {"any": 3})])
    replaced.check(SIGNED, "any", 2)
    for name, version in (("any", 3), ("another", 1)):
        with pytest.raises(UntrustedSignature) as refused:
            replaced.check(SIGNED, name, version)
        assert str(refused.value) == f"version {version} is signed with the replaced key {OLD.key_id}"
    with pytest.raises(UntrustedSignature, match=r"^no trusted key can sign policies$"):
        _ = replaced.newest


def test_a_note_must_come_from_the_newest_key() -> None:
    TRUSTED.check_note(SIGNED)
    with pytest.raises(UntrustedSignature) as refused:
        TRUSTED.check_note(OTHER.sign("text"))
    assert str(refused.value) == f"the note is signed with the key {OTHER.key_id}, but the newest is {OLD.key_id}"
    note = NewKeyNote(public_key=to_base64(NEW.public_key), previous=OTHER.key_id, first={})
    with pytest.raises(UntrustedSignature) as misplaced:
        TRUSTED.with_notes([OLD.sign(json.dumps(note.model_dump()))])
    assert str(misplaced.value) == f"the note of the key {OLD.key_id} is for the key {OTHER.key_id}"


def test_a_note_that_names_no_key_says_so() -> None:
    with pytest.raises(UntrustedSignature, match=r"^the note names no key$"):
        successor(SIGNED)


@pytest.mark.parametrize("text", ["[", "{}", '[{"public_key": "*"}]', '[{"more": 1}]'])
def test_a_setting_that_holds_no_keys_says_so(text: str) -> None:
    with pytest.raises(InvalidTrustedKeys, match=r"^OTTIT_POLICY_KEYS is not a list of public keys in JSON\.$"):
        TrustedKeys.parse(text)


@pytest.mark.parametrize("length", range(5))
def test_base64_for_urls_has_no_padding_and_comes_back(length: int) -> None:
    data = b"\xff\xfe\xfb\xef\xbe"[:length]
    assert not set(to_base64(data)) & set("+/=")
    assert from_base64(to_base64(data)) == data


@pytest.mark.parametrize("text", ["*", "A", "é"])
def test_other_text_is_not_base64(text: str) -> None:
    with pytest.raises(UntrustedSignature, match=r"^a key or signature is not base64url$"):
        from_base64(text)


def test_trusted_keys_are_listed_from_the_oldest_to_the_newest() -> None:
    note = NewKeyNote(public_key=to_base64(NEW.public_key), previous=OLD.key_id, first={"any": 3})
    both = TRUSTED.with_notes([OLD.sign(json.dumps(note.model_dump()))])
    assert both.ids == (OLD.key_id, NEW.key_id)
    assert (both.oldest, both.newest) == (OLD.key_id, NEW.key_id)
    again = TrustedKeys.parse(both.dump())
    assert again.dump() == both.dump()
    assert json.loads(both.dump()) == [
        {"public_key": to_base64(OLD.public_key), "first": {"any": 3}},
        {"public_key": to_base64(NEW.public_key), "first": None},
    ]
    assert (TrustedKeys.parse("").ids, TrustedKeys.parse("").oldest) == ((), "")


def test_a_bundle_that_cannot_be_used_says_why() -> None:
    bundle, digest = sign_bundle(POLICY, OLD), POLICY.digest
    stored, short = bundle.model_dump_json().encode(), POLICY.digest[:12]
    untrusted = TrustedKeys([TrustedKey(NEW.public_key)])
    view, overlay = split(POLICY)
    foreign = bundle.model_copy(update={"overlay": OLD.sign(canonical(overlay.model_copy(update={"reasons": {}})))})
    for content, name, keys, message in (
        (stored, digest, untrusted, f"the bundle {short} is not trusted: signed with the unknown key {OLD.key_id}"),
        (b"{}", digest, TRUSTED, f"the bundle {short} is damaged or was made by another release"),
        (
            foreign.model_dump_json().encode(),
            digest,
            TRUSTED,
            f"the bundle {short} is damaged: the overlay is not the one that the public view names",
        ),
        (stored, "0" * 64, TRUSTED, f"the bundle stored under {'0' * 12} holds another policy, {short}"),
    ):
        with pytest.raises(InvalidBundle) as refused:
            open_bundle(content, name, keys)
        assert str(refused.value) == message
    assert view == public_view(POLICY)
