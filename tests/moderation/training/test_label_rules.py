"""Labels that no collection has: crises, encouragement and minors, by rules on labels and words."""

import math

import pytest

from services.moderation.training.label_rules import UNKNOWN, Labels, derived_labels

pytestmark = pytest.mark.long


def _labels(**known: float) -> Labels:
    return dict.fromkeys(("hate", "harassment", "violence", "self_harm", "sexual", "spam"), UNKNOWN) | known


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I want to kill myself and I have a plan", 1.0),
        ("You are not alone, please call somebody tonight", 0.0),
        ("We met by the river", None),
        ("I used to think of ending it all, years ago", None),
    ],
)
def test_a_comment_of_a_support_forum_is_a_crisis_only_in_words_of_one(text: str, label: float | None) -> None:
    found = derived_labels(text, _labels(self_harm=1.0), "help")["self_harm"]
    assert math.isnan(found) if label is None else found == label


def test_an_attack_that_tells_a_person_to_hurt_themselves_encourages_it() -> None:
    assert derived_labels("just end your life", _labels(harassment=1.0), "")["self_harm_encouragement"] == 1
    assert derived_labels("you are a fool", _labels(harassment=1.0), "")["self_harm_encouragement"] == 0
    assert math.isnan(derived_labels("he said: kill yourself", _labels(), "")["self_harm_encouragement"])


def test_a_sexual_text_that_names_a_child_is_about_minors_and_open_ages_are_unknown() -> None:
    def label(text: str, sexual: float, forum: str = "") -> float:
        return derived_labels(text, _labels(sexual=sexual), forum)["sexual_minors"]

    assert label("a text about a child", 1.0) == 1
    assert label("a text about a child", 0.0) == 0
    assert math.isnan(label("a text about a child", 1.0, "advice"))
    assert math.isnan(label("a text about a teen", 1.0))
    assert label("a text about a married couple", 1.0) == 0


def test_comments_of_advice_forums_are_not_sexual_by_the_name_of_the_forum() -> None:
    assert math.isnan(derived_labels("we argue a lot", _labels(sexual=1.0), "DeadBedrooms")["sexual"])
    assert derived_labels("we argue a lot", _labels(sexual=1.0), "")["sexual"] == 1
