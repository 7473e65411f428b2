"""Valid policy files, and the errors of invalid ones."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from shared.model import categories as model
from shared.model.quality import shipped_quality
from shared.policy import (
    ANY_HARM,
    CATEGORIES,
    DEFAULT_POLICY,
    PolicyError,
    PublicView,
    ReadingLimit,
    load,
    load_policy,
    public_view,
)
from shared.policy.canonical import canonical
from shared.policy.load import contradictions, needs_provider, thresholds_match_model
from shared.policy.public_view import Overlay, merge, split
from shared.policy.schema import MAX_RULES

POLICY = load_policy(DEFAULT_POLICY)
SOURCE = (DEFAULT_POLICY / "policy.yaml").read_text(encoding="utf-8")


def _written(folder: Path, source: str) -> Path:
    for part in ("prompts.yaml", "cases.yaml", "helplines.yaml"):
        shutil.copy(DEFAULT_POLICY / part, folder)
    (folder / "policy.yaml").write_text(source, encoding="utf-8")
    return folder


def _refused(tmp_path: Path, source: str) -> str:
    _written(tmp_path, source)
    with pytest.raises(PolicyError) as refused:
        load_policy(tmp_path)
    assert str(tmp_path / "policy.yaml") in str(refused.value)
    return str(refused.value)


def test_the_default_policy_is_valid() -> None:
    assert load_policy(DEFAULT_POLICY / "policy.yaml") == POLICY
    assert len(POLICY.rules) >= 15


def test_every_column_of_the_model_is_a_category_of_policies() -> None:
    assert set(model.COLUMNS) <= set(CATEGORIES)
    assert model.LATER_CATEGORIES.issubset(CATEGORIES)


def test_the_default_thresholds_are_those_measured_for_the_shipped_model() -> None:
    measured = json.loads((Path(model.__file__).parent / "artifacts" / "thresholds.json").read_text())
    assert POLICY.overall
    declared: dict[str, object] = {
        entry.id: {"hold": entry.hold, "reject": entry.reject} | ({"support": entry.support} if entry.support else {})
        for entry in POLICY.categories
        if entry.id in model.COLUMNS
    }
    declared[ANY_HARM] = {"hold": POLICY.overall.hold, "reject": None}
    assert declared == measured, "the model has changed: copy its thresholds into policy.yaml"


def test_the_default_policy_names_the_model_that_its_thresholds_were_measured_for() -> None:
    shipped = json.loads((Path(model.__file__).parent / "artifacts" / "model.json").read_text())
    pin = POLICY.model
    assert pin is not None
    assert pin.model_dump() == {name: shipped[name] for name in ("sha256", "tokenizer_sha256")}


def test_people_are_told_the_figures_of_the_shipped_model() -> None:
    quality = shipped_quality()
    assert quality is not None
    assert POLICY.model is not None
    assert quality.model == POLICY.model.sha256, "the model has changed: run `ottit model evaluate` and `card`"
    assert set(quality.categories) == set(model.COLUMNS)


def test_any_change_changes_the_digest(tmp_path: Path) -> None:
    changed = load_policy(_written(tmp_path, SOURCE.replace("appeal_days: 14", "appeal_days: 15")))
    assert re.fullmatch("[0-9a-f]{64}", changed.digest)
    assert changed.digest != POLICY.digest


def test_comments_and_key_order_do_not_change_the_digest(tmp_path: Path) -> None:
    moved = "appeal_days: 14 # two weeks\n" + SOURCE.replace("appeal_days: 14\n", "")
    assert load_policy(_written(tmp_path, moved)).digest == POLICY.digest


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("appeal_days: 14", "appeal_days: soon", "appeal_days: "),
        ("appeal_days: 14", "appeal_day: 14", "appeal_day: "),
        ("normalizer: 2", "normalizer: 1", "normalizer: "),
        ("outcome: held", "outcome: published", "failure_mode.outcome: "),
        ("    engine: local", "    engine: oracle", "categories.0.engine: "),
        ("    hold: ", "    hold: 1", "categories.0.hold: "),
        ("    hold: ", "    hold: 0.5\n    hold: ", "'hold' is defined twice"),
        ("    reject: ", "    reject: 0.01 #", "categories.0: reject is below hold"),
        ("    engine: local", "    engine: local\n    on_failure: local", "on_failure: the local engine cannot"),
        (r"\bkys\b", r"\bkys+\b", "rules.1.patterns.0: position 5: '+' is not in the dialect"),
        ("id: spam.shouting", "id: spam.link_farm", "rules: 'spam.link_farm' is defined twice"),
        ("  - id: spam.shouting", "  - id: hate.shouting", "'hate.shouting' does not start with its category"),
        ("    measure: { of: links, at_least: 13 }\n", "", "either patterns or a measure"),
        ("rules:", "rules: {", "cannot be read"),
    ],
    ids=range(14),
)  # fmt: skip
def test_an_error_names_its_key(tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    assert right in SOURCE
    assert complaint in _refused(tmp_path, SOURCE.replace(right, wrong, 1))


def test_the_number_of_rules_is_limited(tmp_path: Path) -> None:
    before, rule = SOURCE.split("  - id: spam.shouting")
    copies = "".join(f"  - id: spam.shouting_{number}{rule.rstrip()}\n" for number in range(MAX_RULES))
    assert f"at most {MAX_RULES}" in _refused(tmp_path, before + copies)


def test_no_rule_can_reject_self_harm(tmp_path: Path) -> None:
    before, rule = SOURCE.split("  - id: self_harm.about_oneself")
    rejecting = rule.replace("outcome: hold", "outcome: reject", 1)
    complaint = _refused(tmp_path, f"{before}  - id: self_harm.about_oneself{rejecting}")
    assert "rejects, but 'self_harm' has no reject threshold" in complaint


def test_every_category_is_required(tmp_path: Path) -> None:
    sexual = SOURCE[SOURCE.index("  - id: sexual\n") : SOURCE.index("  - id: spam\n")]
    assert "categories: 'sexual' is missing" in _refused(tmp_path, SOURCE.replace(sexual, ""))


def test_a_missing_file_is_a_policy_error(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        load_policy(tmp_path)


def test_the_public_view_has_no_private_rules_and_no_thresholds() -> None:
    private = [rule for rule in POLICY.rules if not rule.public]
    view = public_view(POLICY)
    text = canonical(view)
    assert private
    assert (view.rules_left_out, len(view.rules)) == (
        len(private) + len(POLICY.spam_signals),
        len(POLICY.rules) - len(private),
    )
    for rule in private:
        assert rule.id not in text
    for category in POLICY.categories:
        assert str(category.hold) not in text
        assert category.support is None or str(category.support) not in text
    assert POLICY.cases.passes[0] not in text


def test_helplines_are_shown_to_clients_and_a_policy_without_them_is_valid(tmp_path: Path) -> None:
    assert public_view(POLICY).helplines == POLICY.helplines
    assert any(not line.countries for line in POLICY.helplines), "somebody in any country must find help"
    (_written(tmp_path, SOURCE) / "helplines.yaml").unlink()
    assert load_policy(tmp_path).helplines == ()
    (tmp_path / "helplines.yaml").write_text("- {name: Line, contact: '1', url: javascript:x, countries: []}")
    with pytest.raises(PolicyError, match="helplines"):
        load_policy(tmp_path)


def test_merging_the_two_views_gives_the_policy() -> None:
    view, overlay = split(POLICY)
    read = PublicView.model_validate_json(canonical(view)), Overlay.model_validate_json(canonical(overlay))
    assert merge(*read).canonical_json() == POLICY.canonical_json()
    assert view.digest == overlay.digest == POLICY.digest


def test_views_of_two_policies_cannot_be_merged(tmp_path: Path) -> None:
    other = load_policy(_written(tmp_path, SOURCE.replace("appeal_days: 14", "appeal_days: 15")))
    with pytest.raises(ValueError, match="not the one that the public view names"):
        merge(split(POLICY)[0], split(other)[1])


def test_thresholds_are_for_this_releases_model_if_the_policy_names_it_or_none() -> None:
    pin = POLICY.model
    assert pin is not None
    assert thresholds_match_model(POLICY)
    assert thresholds_match_model(POLICY.model_copy(update={"model": None}))
    for part in ("sha256", "tokenizer_sha256"):
        other = pin.model_copy(update={part: "0" * 64})
        assert not thresholds_match_model(POLICY.model_copy(update={"model": other}))


def test_a_text_is_held_only_if_it_is_longer_than_a_limit_that_holds() -> None:
    limit = ReadingLimit(characters=1000, beyond="hold", message="This is too long.")
    assert [limit.holds(characters) for characters in (999, 1000, 1001)] == [False, False, True]
    assert not limit.model_copy(update={"beyond": "sample"}).holds(1001)


def test_views_that_do_not_belong_together_name_their_digests() -> None:
    view, overlay = split(POLICY)
    for change in ({"appeal_days": 15}, {"overall": None}):
        with pytest.raises(ValueError, match=r"^the merged policy is ") as refused:
            merge(view.model_copy(update=change), overlay)
        named = re.fullmatch(r"the merged policy is ([0-9a-f]{12}), and its views name (.*)", str(refused.value))
        assert named
        assert (named[1] != named[2], named[2]) == (True, POLICY.digest[:12])


def test_clients_learn_the_tenths_of_thresholds_and_nothing_of_a_category_that_only_the_server_judges() -> None:
    limits = {"hold": 0.41, "reject": 0.72, "reject_any_harm": 0.53, "support": 0.24}
    for previewed, bands in ((True, [4, 7, 5, 2]), (False, [None] * 4)):
        entry = POLICY.categories[0].model_copy(update=limits | {"previewed": previewed})
        public = public_view(POLICY.model_copy(update={"categories": (entry,)})).categories[0]
        found = [public.hold_band, public.reject_band, public.reject_any_harm_band, public.support_band]
        assert found == bands


def test_every_problem_of_a_policy_is_a_line_with_its_file() -> None:
    error = PolicyError(Path("policy.yaml"), ["rules: wrong", "prompts: missing"])
    assert str(error) == "policy.yaml: rules: wrong\npolicy.yaml: prompts: missing"


def test_a_policy_needs_a_provider_if_one_of_its_categories_names_one() -> None:
    first, *others = POLICY.categories
    asking = POLICY.model_copy(update={"categories": (first.model_copy(update={"engine": "openai"}), *others)})
    assert (needs_provider(POLICY), needs_provider(asking)) == (False, True)


def test_a_sign_of_spam_is_defined_once() -> None:
    signal = POLICY.spam_signals[0]
    twice = POLICY.model_copy(update={"spam_signals": (signal, signal)})
    assert contradictions(twice) == [f"spam_signals: {signal.id!r} is defined twice, or also a rule"]


def test_a_file_may_be_as_large_and_as_deep_as_its_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("[" * load.DEEPEST + "]" * load.DEEPEST)
    assert load._read(path) != []
    path.write_text("[" * (load.DEEPEST + 1) + "]" * (load.DEEPEST + 1))
    with pytest.raises(ValueError, match=r"^p.yaml is nested more than 20 deep$"):
        load._read(path)
    path.write_bytes(b"#" * (load.LARGEST_FILE + 1))
    with pytest.raises(ValueError, match=r"^p.yaml is larger than 4 MiB$"):
        load._read(path)
    monkeypatch.setattr(load, "LARGEST_FILE", 4)
    path.write_text("a: b")
    assert load._read(path) == {"a": "b"}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("a: &x b\nc: *x", r"^p.yaml has an alias \(\*x\); write its content out$"),
        ("a: 1\na: 2", r"'a' is defined twice(.|\n)*line 2"),
        ("{? [a] : 1, ? [b] : 2}", "unhashable"),
    ],
    ids=["alias", "twice", "unhashable"],
)
def test_aliases_and_keys_that_cannot_be_told_apart_are_refused(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(content)
    with pytest.raises((ValueError, yaml.YAMLError), match=complaint):
        load._read(path)


def test_helplines_in_the_policy_itself_replace_the_file_beside_it(tmp_path: Path) -> None:
    assert load_policy(_written(tmp_path, f"{SOURCE}\nhelplines: []\n")).helplines == ()


def test_a_date_in_place_of_a_number_is_an_error_of_its_key(tmp_path: Path) -> None:
    assert "appeal_days: " in _refused(tmp_path, SOURCE.replace("appeal_days: 14", "appeal_days: 2026-01-02"))
