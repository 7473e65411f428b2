"""Synthetic texts: split by template, balanced over groups of people, pairs that differ in one place."""

import re
from collections import Counter, defaultdict
from random import Random

import pytest

from services.moderation.training.synthetic.augmentation import OBFUSCATIONS, obfuscate
from services.moderation.training.synthetic.slot_filling import FORMS, KINDS, PAIR, SLOT, Words
from services.moderation.training.synthetic.templates import FOLDER, SyntheticRow, Template, functions, rows
from shared.model.categories import COLUMNS

pytestmark = pytest.mark.long
TEMPLATES = [template for function in functions() for template in function.templates]


@pytest.fixture(scope="module")
def train() -> list[SyntheticRow]:
    return rows("train")


@pytest.fixture(scope="module")
def evaluation() -> list[SyntheticRow]:
    return rows("eval")


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(evaluation: list[SyntheticRow]) -> None:
    assert rows("eval") == evaluation
    assert {row.text for row in rows("eval", seed=1)} != {row.text for row in evaluation}


def test_there_are_enough_templates_and_rows(train: list[SyntheticRow]) -> None:
    splits = Counter(template.split for template in TEMPLATES)
    assert splits["train"] >= 900
    assert splits["eval"] >= 250
    assert len(train) >= 15_000
    assert len(functions()) >= 25
    for function in functions():
        counts = Counter(template.split for template in function.templates)
        assert counts["train"] >= 10, function.name
        assert counts["eval"] >= 4, function.name


def test_no_text_and_no_template_is_in_both_splits(train: list[SyntheticRow], evaluation: list[SyntheticRow]) -> None:
    assert not {row.text for row in train} & {row.text for row in evaluation}
    texts = Counter(_wording(template) for template in TEMPLATES)
    assert [text for text, times in texts.items() if times > 1] == []


def test_an_eval_template_does_not_reword_a_train_template() -> None:
    words = {template.id: set(re.findall(r"[a-z]{3,}", template.text.lower())) for template in TEMPLATES}
    trained = [words[template.id] for template in TEMPLATES if template.split == "train"]
    alike = [
        template.id
        for template in TEMPLATES
        if template.split == "eval" and len(own := words[template.id]) >= 4
        for other in trained
        if len(own & other) > 0.375 * (len(own) + len(other))  # 0.6 of the words of both
    ]
    assert alike == []


@pytest.mark.parametrize("split", ["train", "evaluation"])
def test_every_group_occurs_equally_often_in_harmful_and_harmless_texts(
    split: str, request: pytest.FixtureRequest
) -> None:
    counts = {side: Counter[str]() for side in (True, False)}
    for row in request.getfixturevalue(split):
        if row.group:
            counts[row.harmful][row.group] += 1
    groups = [group["group"] for group in Words.read(FOLDER / "slots").groups]
    assert len(groups) >= 30
    harmful, harmless = ([counts[side][group] for group in groups] for side in (True, False))
    assert max(harmful) <= 1.4 * min(harmful)
    # Approximately, because a duplicate text is dropped, which takes one from one group and none from another.
    expected = sum(harmful) / sum(harmless)
    for group, attacked, spoken_of in zip(groups, harmful, harmless, strict=True):
        assert attacked == pytest.approx(expected * spoken_of, rel=0.08, abs=6), group


def test_slots_for_some_groups_only_stand_in_pairs() -> None:
    lone = [t.id for t in TEMPLATES if not t.pair and {name.lower() for _, name in SLOT.findall(t.text)} & set(KINDS)]
    assert lone == []


def test_the_two_rows_of_a_pair_differ_in_one_place_and_in_their_labels(train: list[SyntheticRow]) -> None:
    pairs = defaultdict(list)
    for row in train:
        if row.pair:
            pairs[row.pair].append(row)
    whole = [pair for pair in pairs.values() if len(pair) == 2]
    assert len(whole) > 1000
    templates = {template.id: template.text for template in TEMPLATES}
    for one, other in whole:
        assert one.labels != other.labels
        assert one.group == other.group
        if one.shape == other.shape == "plain":
            before, _, after = PAIR.split(templates[one.template])[0], "", PAIR.split(templates[one.template])[-1]
            assert _ends_alike(one.text, other.text, len(_fixed(before)), len(_fixed(after))), one.pair


def test_every_slot_has_words_and_every_brace_is_closed() -> None:
    words = Words.read(FOLDER / "slots")
    for template in TEMPLATES:
        for _, name in SLOT.findall(template.text):
            assert "|" in name or name.lower() in {*FORMS, *KINDS, *words.lists}, template.id
        rest = PAIR.sub("", SLOT.sub("", template.text))
        assert not re.search(r"[{}]|\[\[|\]\]|\|\|", rest), template.id


def test_no_article_is_doubled(train: list[SyntheticRow]) -> None:
    twice = re.compile(r"\b(a|an|the|my|your|our) (a|an|the|my|your|our) ", re.I)
    assert [row.template for row in train if row.shape == "plain" and twice.search(row.text)] == []


def test_labels_are_of_our_categories_and_a_positive_one_means_harmful(train: list[SyntheticRow]) -> None:
    for row in train:
        assert tuple(row.labels) == COLUMNS
        assert set(row.labels.values()) <= {0, 1, None}
        assert row.harmful == (1 in row.labels.values())
        assert row.harmful or None not in row.labels.values()
    for category in COLUMNS:
        assert sum(row.labels[category] == 1 for row in train) >= 300, category


def test_obfuscation_is_independent_of_harm(train: list[SyntheticRow]) -> None:
    hidden = Counter(row.harmful for row in train if row.shape == "obfuscated")
    total = Counter(row.harmful for row in train)
    assert hidden[True] / total[True] == pytest.approx(hidden[False] / total[False], abs=0.03)


def test_lengths_range_from_a_word_to_paragraphs(train: list[SyntheticRow]) -> None:
    words = [len(row.text.split()) for row in train]
    assert min(words) <= 3
    assert sum(length > 50 for length in words) > 100
    assert sum(row.text.count("\n\n") >= 2 for row in train) > 200


def test_obfuscation_depends_only_on_the_generator_and_keeps_links() -> None:
    text = "Please read the notes at https://docs.example.org/install before tomorrow"
    disguise = [obfuscate(text, Random(seed)) for seed in range(200)]
    assert disguise == [obfuscate(text, Random(seed)) for seed in range(200)]
    assert all("https://docs.example.org/install" in one for one in disguise)
    assert sum(one != text for one in disguise) > 190
    assert obfuscate("42 :)", Random(0)) == "42 :)"


@pytest.mark.parametrize("obfuscation", OBFUSCATIONS, ids=lambda obfuscation: obfuscation.__name__.strip("_"))
def test_every_obfuscation_changes_a_word_and_keeps_most_letters(obfuscation: object) -> None:
    assert callable(obfuscation)
    changed = {obfuscation("trouble", Random(seed)) for seed in range(20)}
    assert any(word != "trouble" for word in changed)
    assert all(len(word) >= 4 for word in changed)


def _wording(template: Template) -> str:
    return re.sub(r"\W+", " ", template.text.lower()).strip() or template.text


def _fixed(part: str) -> str:
    """Return the end of `part` that has no slot, as it stands in every filling: a bound from below."""
    return part if "{" not in part else ""


def _ends_alike(one: str, other: str, before: int, after: int) -> bool:
    """Tell whether two texts are the same over the first `before` and the last `after` characters."""
    return one[:before] == other[:before] and (not after or one[-after:] == other[-after:])
