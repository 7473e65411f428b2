"""Numbers about the previews of few people are withheld, and previews of unknown origin are in none of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest

from services.gateway.drift.disclosure import KnownOrigins, People, shown_groups
from services.gateway.drift.queries import drift
from services.gateway.drift.schemas import Drift, DriftBy
from services.gateway.drift.store import DriftStore

NOW = datetime(2026, 6, 1, tzinfo=UTC)
FEWEST = 5


@dataclass(frozen=True)
class Passed:
    """A person's text with its preview and its decision."""

    person: int
    verdict: str
    outcome: str = "published"
    tier: int = 0
    policy: str = "p"
    model: str = ""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DriftStore]:
    """Return an empty drift file."""
    opened = DriftStore(tmp_path)
    yield opened
    opened.close()


def written(store: DriftStore, history: list[Passed], by: DriftBy = "tier", known: KnownOrigins | None = None) -> Drift:
    """Write a history and return the report on it."""
    at = NOW.timestamp() - 60
    for number, one in enumerate(history):
        person, post, seen = f"person-{one.person}", f"post-{number}", f"preview-{number}"
        common = {"person_id": person, "at": at}
        store.insert(
            "previews", **common, preview_id=seen, draft_id=post, tier=one.tier, policy=one.policy, model=one.model,
            verdict=one.verdict, hash="h",
        )  # fmt: skip
        store.insert(
            "submits", **common, post_id=post, revision=1, preview_id=seen, hash="h", sequence=number, arm="hybrid"
        )
        store.insert(
            "decisions", post_id=post, revision=1, sequence=number, outcome=one.outcome, policy="p", model="m",
            failed=0, unjudged=0, tokens=0, at=at,
        )  # fmt: skip
    return drift(store, "week", by, NOW, known=known or KnownOrigins(), fewest=FEWEST)


@pytest.mark.parametrize(("reassured", "warned"), [*product(range(7), range(7))])
def test_no_share_is_about_one_to_four_people(store: DriftStore, reassured: int, warned: int) -> None:
    people = [Passed(number, "published") for number in range(reassured)]
    people += [Passed(100 + number, "held", "held") for number in range(warned)]
    report = written(store, people)
    total = report.total
    expected = {"false_reassurance": reassured, "false_alarm": warned}
    for name, of in expected.items():
        shown = getattr(total, name)
        assert shown.withheld == (0 < of < FEWEST or 0 < reassured + warned < FEWEST)
        assert shown.of == (0 if shown.withheld else of)
    assert not total.agreement.withheld or total.agreement.of == 0
    # Two of these three shares give the third one.
    assert total.agreement.withheld == (total.false_alarm.withheld or total.false_reassurance.withheld)
    assert (report.of_unknown_origin is None) == (0 < reassured + warned < FEWEST)


def test_one_person_with_many_texts_stays_one_person(store: DriftStore) -> None:
    report = written(store, [Passed(1, "held")] * 40)
    assert (report.submits, report.total.decided, report.total.false_alarm.withheld) == (40, 0, True)
    assert (report.groups, report.without_preview.withheld, report.warned.changed.withheld) == ([], True, True)


def test_a_small_group_takes_the_smallest_large_one_with_it(store: DriftStore) -> None:
    sizes = {0: 9, 1: 6, 2: 2}
    history = [
        Passed(100 * tier + number, "published", tier=tier) for tier, size in sizes.items() for number in range(size)
    ]
    report = written(store, history)
    assert report.total.decided == sum(sizes.values())
    assert [group.preview for group in report.groups] == ["0"]


def test_large_groups_are_all_shown() -> None:
    labels = {("0", ""): People(9, 9, 0), ("1", ""): People(5, 5, 0)}
    assert shown_groups(labels, FEWEST) == set(labels)
    assert shown_groups({**labels, ("2", ""): People(1, 1, 0)}, FEWEST) == {("0", "")}
    assert shown_groups({("0", ""): People(1, 1, 0)}, FEWEST) == set()


def test_invented_digests_are_one_number_however_many_there_are(store: DriftStore) -> None:
    known = [Passed(number, "published") for number in range(6)]
    invented = [Passed(number, "held", policy=f"{number:064x}") for number in range(50)]
    report = written(store, known + invented, by="policy")
    assert (report.of_unknown_origin, report.total.decided, len(report.groups)) == (50, 6, 1)
    assert report.warned.unsent == 0


def test_a_policy_that_was_active_lately_is_known_before_its_first_decision(store: DriftStore) -> None:
    history = [Passed(number, "published", policy="new", model="device") for number in range(6)]
    known = KnownOrigins(frozenset({"new"}), frozenset({"device"}))
    assert written(store, history, known=known).total.decided == 6
    assert drift(store, "week", "tier", NOW, fewest=FEWEST).of_unknown_origin == 6
