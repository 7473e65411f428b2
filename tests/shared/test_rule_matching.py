"""Rules that measure a text, and the passages that they name."""

import pytest

from shared.log.events import Span
from shared.policy import DEFAULT_POLICY, load_policy, match
from shared.policy.schema import Action, CapitalShare, LinkCount, Measure, Policy, Rule
from shared.testing import changed_policy

POLICY = load_policy(DEFAULT_POLICY)


def rule(name: str, measure: Measure | None = None, patterns: tuple[str, ...] = ()) -> Rule:
    """Return a public rule about spam."""
    return Rule(
        id=f"spam.{name}",
        category="spam",
        outcome=Action.HOLD,
        public=True,
        patterns=patterns,
        measure=measure,
        message="The message of the rule.",
        reason="The reason of the rule.",
    )


def policy_of(*rules: Rule) -> Policy:
    """Return the default policy with these rules only."""
    return changed_policy(POLICY, rules=rules)


def passages(policy: Policy, text: str) -> dict[str, list[str]]:
    """Return rule → the passages on which it fires."""
    return {hit.rule: [text[span.start : span.end] for span in hit.spans] for hit in match(policy, text)}


LINKS = policy_of(rule("links", LinkCount(of="links", at_least=2)))
CAPITALS = policy_of(rule("capitals", CapitalShare(of="capitals", share=0.5, letters=4)))


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://a.b/c and www.d.e now", ["https://a.b/c", "www.d.e"]),
        ("HTTP://A.B www.c", ["HTTP://A.B", "www.c"]),
        ("https://a.b", None),
        ("awww.b cwww.d", None),
    ],
)
def test_links_are_counted_and_named(text: str, links: list[str] | None) -> None:
    assert passages(LINKS, text) == ({"spam.links": links} if links else {})


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("so BUY now", None),
        ("aBCd", "BC"),
        ("ABcd", "AB"),
        ("Abcd", None),
        ("ABC", None),
        ("xy BUY NOW 123!", "BUY NOW"),
        ("ÄÖÜ ABCD", "ABCD"),
    ],
)
def test_the_share_of_capitals_counts_from_its_limits_on(text: str, passage: str | None) -> None:
    assert passages(CAPITALS, text) == ({"spam.capitals": [passage]} if passage else {})


def test_every_match_of_every_pattern_and_form_is_named_once_and_in_order() -> None:
    policy = policy_of(rule("words", patterns=("bad", "worse")))
    assert passages(policy, "worse, bad, b@d, bad") == {"spam.words": ["worse", "bad", "b@d", "bad"]}


def test_hits_are_sorted_by_rule_and_carry_what_the_policy_says() -> None:
    hits = match(policy_of(rule("b", patterns=("bad",)), rule("a", patterns=("bad",))), "bad")
    assert [hit.rule for hit in hits] == ["spam.a", "spam.b"]
    first = hits[0]
    assert (first.category, first.outcome, first.public) == ("spam", Action.HOLD, True)
    assert (first.message, first.spans) == ("The message of the rule.", (Span(start=0, end=3),))
