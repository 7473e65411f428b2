"""The fold: the same facts and signals give the same state, in whatever batches and order they arrive."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.ranking.projections import RankingState, apply_event, apply_signal, digest
from services.ranking.projections.ranking_state import drain_changes
from shared.log.events import Event, remembered_keys
from shared.log.signals import Signal
from shared.testing import decided, submitted
from tests.ranking.scenario import Scenario, post_id

OUTCOMES = ("published", "held", "rejected")
steps = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 5), st.integers(0, 3)), max_size=60)


def scenario_of(actions: list[tuple[int, int, int]]) -> Scenario:
    """Return a scenario with these actions: which action (0–7), on which post, in which variant."""
    scenario = Scenario()
    posts: dict[int, Event] = {}
    revisions = dict.fromkeys(range(6), 1)
    for what, number, way in actions:
        if what == 0 or (number not in posts and what < 6):
            fields: dict[str, Any] = {"parent_id": post_id(way)} if number > 3 else {}
            posts[number] = scenario.submit(number, author_id=f"author-{number % 2}", imported=way, **fields)
            continue
        match what:
            case 1 | 2:
                scenario.decide(posts[number], OUTCOMES[way % 3], revision=revisions[number])
            case 3:
                revisions[number] += 1
                scenario.edit(posts[number], revision=revisions[number])
            case 4 if way == 0:
                scenario.withdraw(posts[number])
            case 5 if way == 0:
                scenario.erase(f"author-{number % 2}")
            case 6:
                scenario.signal(number, f"reader-{way}", min(way - 1, 1), weight=100 - 20 * number)
            case 7:
                scenario.signal(number, f"reader-{way}", way % 2, "less")
    return scenario


def fold(events: Sequence[Event], signals: Sequence[Signal]) -> RankingState:
    """Fold all facts, then all signals, into a new state."""
    state = RankingState()
    for event in events:
        apply_event(state, event)
    for signal in signals:
        apply_signal(state, signal)
    return state


@given(steps)
def test_a_rebuild_gives_the_live_state(actions: list[tuple[int, int, int]]) -> None:
    scenario = scenario_of(actions)
    assert digest(fold(scenario.events, scenario.signals)) == digest(scenario.state)


@given(steps)
def test_signals_folded_before_the_facts_give_the_same_state(actions: list[tuple[int, int, int]]) -> None:
    scenario = scenario_of(actions)
    state = fold([], scenario.signals)
    for event in scenario.events:
        apply_event(state, event)
    assert digest(state) == digest(scenario.state)


@given(steps)
def test_a_rebuild_needs_only_the_latest_signal_of_each_reader_on_each_post(
    actions: list[tuple[int, int, int]],
) -> None:
    scenario = scenario_of(actions)
    last = {signal.subject: signal for signal in scenario.signals}
    assert digest(fold(scenario.events, sorted(last.values(), key=lambda signal: signal.sequence))) == digest(
        scenario.state
    )


@given(steps, st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_redelivered_batches_change_nothing(actions: list[tuple[int, int, int]], sizes: list[int]) -> None:
    scenario, state, before, start = scenario_of(actions), RankingState(), 0, 0
    while start < max(len(scenario.events), len(scenario.signals)):
        size = sizes[start % len(sizes)]
        for event in scenario.events[before : start + size]:
            apply_event(state, event)
        for signal in scenario.signals[before : start + size]:
            apply_signal(state, signal)
        before, start = start, start + size
    assert digest(state) == digest(scenario.state)


@given(steps)
def test_facts_and_signals_below_the_last_applied_sequence_change_nothing(actions: list[tuple[int, int, int]]) -> None:
    scenario = scenario_of(actions)
    last_applied, seen = dict(scenario.state.last_applied), digest(scenario.state)
    for event in reversed(scenario.events):
        assert not apply_event(scenario.state, event)
    for signal in reversed(scenario.signals):
        apply_signal(scenario.state, signal)
    assert (scenario.state.last_applied, digest(scenario.state)) == (last_applied, seen)


def test_every_fact_and_signal_that_counts_changes_the_digest() -> None:
    scenario = Scenario()
    seen = {digest(scenario.state)}
    post = scenario.submit(1)
    seen.add(digest(scenario.state))
    scenario.decide(post)
    seen.add(digest(scenario.state))
    scenario.signal(1, "reader")
    seen.add(digest(scenario.state))
    scenario.signal(1, "reader", 1, "less")
    seen.add(digest(scenario.state))
    scenario.withdraw(post)
    seen.add(digest(scenario.state))
    scenario.erase("author-1")
    assert len(seen | {digest(scenario.state)}) == 7


def test_an_erased_user_who_has_written_nothing_is_remembered() -> None:
    scenario = Scenario()
    scenario.erase("reader")
    assert scenario.state.erased == {"reader"}


def test_the_fact_that_lists_a_post_is_reported_once() -> None:
    scenario = Scenario()
    scenario.publish(1)
    state = RankingState()
    assert [apply_event(state, event) for event in scenario.events] == [False, False, True]
    assert [apply_event(state, event) for event in scenario.events] == [False, False, False]


def votes_of(scenario: Scenario) -> list[int]:
    """Return up and down, in percent of a full vote, and the whole votes of the first post."""
    return [scenario.state.columns.get(name, 0) for name in ("up", "down", "votes")]


def test_each_side_counts_the_weights_of_its_votes_rounded_down() -> None:
    scenario = Scenario()
    scenario.publish(1, imported=40)
    for number in range(19):
        scenario.signal(1, f"up-{number}", 1, weight=10)
    for number in range(3):
        scenario.signal(1, f"down-{number}", -1, weight=33)
    assert votes_of(scenario) == [190, 99, 41]
    scenario.signal(1, "old", -1)
    assert votes_of(scenario) == [190, 199, 40]


def test_a_vote_takes_the_weight_of_the_one_before_it_away() -> None:
    scenario = Scenario()
    scenario.publish(1)
    for value, weight, expected in (
        (1, 40, [40, 0, 0]),
        (1, 70, [70, 0, 0]),
        (-1, 80, [0, 80, 0]),
        (-1, 100, [0, 100, -1]),
        (0, 100, [0, 0, 0]),
        (1, 50, [50, 0, 0]),
        (0, 60, [0, 0, 0]),
        (1, 100, [100, 0, 1]),
    ):
        scenario.signal(1, "newcomer", value, weight=weight)
        assert votes_of(scenario) == expected
        light = value != 0 and weight < 100
        assert list(scenario.state.light_votes.values()) == ([weight] if light else [])


def test_light_votes_and_later_reads_keep_the_taste_of_their_reader() -> None:
    light, full = Scenario(), Scenario()
    for scenario, weight in ((light, 10), (full, 100)):
        scenario.publish(1)
        scenario.signal(1, "newcomer", 1, weight=weight)
        scenario.signal(1, "newcomer", 1, "read", weight=weight)
    assert light.state.affinity("newcomer").tolist() == full.state.affinity("newcomer").tolist()
    assert votes_of(light) == [10, 0, 0]
    signals = {(one.kind, one.weight) for one in light.state.all_signals()}
    assert signals == {("vote", 10), ("read", 100)}


def test_every_new_signal_counts_once_and_every_vote_changes_the_counts() -> None:
    scenario = Scenario()
    for kind in ("vote", "read", "vote", "less", "vote"):
        scenario.signal(1, "reader", 1, kind)
        apply_signal(scenario.state, scenario.signals[-1])
    scenario.signal(1, "another")
    assert scenario.state.signal_counts == {"reader": 5, "another": 1}
    assert scenario.state.count_changes == 4


def test_a_light_vote_up_does_not_make_up_for_a_full_vote_down() -> None:
    scenario = Scenario()
    scenario.publish(1)
    scenario.signal(1, "ada", -1)
    scenario.signal(1, "newcomer", 1, weight=50)
    assert votes_of(scenario) == [50, 100, -1]


def listed(scenario: Scenario, number: int = 1) -> int:
    """Return the sequence from which a post is listed; 0: it is not."""
    row = scenario.state.columns.find(post_id(number))
    assert row is not None
    return scenario.state.columns.get("listed", row)


def test_a_copy_of_a_decision_undoes_no_later_one() -> None:
    scenario = Scenario()
    post = scenario.submit(1)
    scenario.embed(post)
    by_engine = scenario.decide_only(post)
    published, rejected = (decided(post, outcome, decided_by="person") for outcome in ("published", "rejected"))
    for event in (published, rejected, by_engine, published):
        scenario.append(event)
    assert listed(scenario) == 0
    remembered = remembered_keys(published) | remembered_keys(rejected)
    assert scenario.state.by_moderators == remembered == set(drain_changes(scenario.state).by_moderators)


def test_a_copy_of_a_submission_or_an_edit_changes_nothing() -> None:
    scenario = Scenario()
    post = scenario.publish(1)
    scenario.append(post)
    assert listed(scenario) == 3
    scenario.edit(post)
    scenario.decide(post, revision=2)
    first = listed(scenario)
    scenario.edit(post)
    assert (listed(scenario), first) == (7, 7)
    assert scenario.state.posts_by_author["author-1"] == [0]


def test_a_second_publication_keeps_the_sequence_of_the_first() -> None:
    scenario = Scenario()
    post = scenario.publish(1)
    scenario.append(decided(post, decided_by="person"))
    assert scenario.state.columns.get("published", 0) == 2


def test_an_embedding_lists_its_own_post_only() -> None:
    scenario = Scenario()
    one, two = scenario.submit(1), scenario.submit(2)
    for post in (one, two):
        scenario.decide_only(post)
    scenario.embed(two)
    scenario.append(decided(one, decided_by="person"))
    assert [listed(scenario, number) for number in (1, 2)] == [0, 5]
    scenario.decide(submitted(post_id(3)))
    assert scenario.state.columns.find(post_id(3)) is None


def test_nothing_by_an_erased_author_is_listed() -> None:
    scenario = Scenario()
    scenario.erase("author-1")
    scenario.publish(1)
    assert listed(scenario) == 0


def test_a_fact_that_was_applied_last_is_not_applied_again() -> None:
    scenario = Scenario()
    scenario.publish(1)
    drain_changes(scenario.state)
    apply_event(scenario.state, scenario.events[-1])
    assert drain_changes(scenario.state).posts == []


def test_every_change_of_what_is_listed_or_counted_is_counted() -> None:
    scenario = Scenario()
    posts = [scenario.publish(number) for number in (1, 2)]
    comments = [scenario.publish(number, parent_id=post_id(1)) for number in (3, 4)]
    assert (scenario.state.listing_changes, scenario.state.count_changes) == (2, 2)
    for one in (*posts, *comments):
        scenario.withdraw(one)
    assert (scenario.state.listing_changes, scenario.state.count_changes) == (4, 4)
