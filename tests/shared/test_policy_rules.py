"""The rules of the default policy: its test cases, and properties for all texts."""

import gzip
import json
import re
from collections.abc import Callable
from itertools import islice

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.policy import DEFAULT_POLICY, Action, load_policy, match, normalize, public_view
from shared.policy.disguises import forms
from tests.collected_data import DATA

POLICY = load_policy(DEFAULT_POLICY)
CASES = yaml.safe_load((DEFAULT_POLICY / "cases.yaml").read_text(encoding="utf-8"))
FIRING = [(rule, text) for rule, texts in CASES["fires"].items() for text in texts]
POSTS = DATA / "posts" / "posts.jsonl.gz"

# Attacks and adverts between random texts, so that rules fire.
PIECES = st.lists(st.sampled_from([text for _, text in FIRING]) | st.text(max_size=20), max_size=6)
TEXTS = PIECES.map("\u200b ".join)


@pytest.mark.parametrize(("rule", "text"), FIRING)
def test_a_rule_fires_on_its_cases(rule: str, text: str) -> None:
    assert rule in [hit.rule for hit in match(POLICY, text)]


@pytest.mark.parametrize("text", CASES["passes"])
def test_no_rule_fires_on_similar_harmless_texts(text: str) -> None:
    assert match(POLICY, text) == ()


def test_every_rule_has_a_case() -> None:
    assert set(CASES["fires"]) == {rule.id for rule in POLICY.rules}


def test_self_harm_rules_never_reject_and_offer_help() -> None:
    rules = [rule for rule in POLICY.rules if rule.category.startswith("self_harm")]
    assert {rule.outcome for rule in rules} == {Action.HOLD, Action.SUPPORT}
    for rule in rules:
        assert "findahelpline.com" in rule.message
        # Nobody reads soon what is published at once.
        assert rule.outcome is Action.HOLD or "will read" not in rule.message


def test_what_is_found_about_minors_stays_on_the_server_and_says_nothing() -> None:
    entry = POLICY.category("sexual_minors")
    rules = [rule for rule in POLICY.rules if rule.category == entry.id]
    assert rules
    assert (entry.person_decides, entry.previewed, entry.reject) == (True, False, None)
    for rule in rules:
        assert (rule.public, rule.outcome, rule.message) == (False, Action.HOLD, entry.message)
    (shown,) = (category for category in public_view(POLICY).categories if category.id == entry.id)
    assert (shown.hold_band, shown.reject_band) == (None, None)


@given(TEXTS)
def test_spans_are_ranges_of_the_text_on_which_the_rule_fires(text: str) -> None:
    rules = {rule.id: rule for rule in POLICY.rules}
    for hit in match(POLICY, text):
        assert hit.spans
        for span in hit.spans:
            assert 0 <= span.start < span.end <= len(text)
            if rules[hit.rule].patterns:
                assert hit.rule in [again.rule for again in match(POLICY, text[span.start : span.end])]


# Disguises. A rule with digits, dots or apostrophes in its pattern may miss some of them.
DISGUISED: dict[str, Callable[[str], str]] = {
    "look-alikes": lambda text: text.translate(str.maketrans("aceopxy", "асеорху")),
    "signs": lambda text: text.translate(str.maketrans("aeo", "@30")),
    "spelled out": lambda text: "  ".join(" ".join(word) for word in text.split(" ")),
    "stretched": lambda text: re.sub("(?<![aeiou])[aeiou](?![aeiou])", lambda vowel: vowel[0] * 4, text),
    "signs between letters": lambda text: re.sub("[a-z]{3,}", lambda word: "|".join(word[0]), text),
    "pictures inside of words": lambda text: re.sub("(?<=[a-z])(?=[a-z]\\b)", "🔥", text),
    "invisible": lambda text: "\u200b".join(text),
    "wide": lambda text: "".join(chr(ord(char) + 0xFEE0) if char.isalpha() else char for char in text),
}
PLAIN = [(rule, text.lower()) for rule, text in FIRING if re.fullmatch("[A-Za-z ]+", text) and len(text) < 60]


@pytest.mark.parametrize("disguise", DISGUISED)
def test_a_rule_fires_on_a_disguised_text_with_the_full_span(disguise: str) -> None:
    assert len(PLAIN) >= 15
    for rule, text in PLAIN:
        disguised = f"Well: {DISGUISED[disguise](text)}!"
        spans = [span for hit in match(POLICY, disguised) if hit.rule == rule for span in hit.spans]
        assert spans, f"{rule} misses {disguised!r}"
        plain = [span for hit in match(POLICY, text) if hit.rule == rule for span in hit.spans]
        assert max(span.end - span.start for span in spans) >= max(span.end - span.start for span in plain)


@pytest.mark.parametrize("text", ["Привет, как дела", "Καλημέρα σας", "кот сидит на окне"])
def test_words_of_another_script_are_not_changed(text: str) -> None:
    assert forms(normalize(text))[0].text == normalize(text).text == text.lower().replace("έ", "ε")


@given(TEXTS)
def test_every_form_maps_to_the_original(text: str) -> None:
    read = forms(normalize(text))
    assert 1 <= len(read) <= 10
    for form in read:
        assert len(form.origins) == len(form.text)
        assert all(0 <= start < end <= len(text) for start, end in form.origins)


@pytest.mark.long
@pytest.mark.skipif(not POSTS.exists(), reason=f"the ordinary posts are not at {POSTS}")
def test_rules_fire_on_at_most_three_in_a_thousand_ordinary_posts() -> None:
    with gzip.open(POSTS, "rt", encoding="utf-8") as lines:
        posts = [json.loads(line)["text"] for line in islice(lines, 0, None, 10)]
    met = sum(bool(match(POLICY, text)) for text in posts)
    assert met <= 0.003 * len(posts)
