"""E35: tests thousands of schedules of crashes, repeats and races over the pure core against the invariants."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.embeddings.projections import LatestFacts, apply_fact
from services.gateway.projections import fold
from services.gateway.view.change_set import ChangeSet
from services.ranking.projections import RankingState, apply_event
from services.ranking.projections import digest as ranking_digest
from shared.log.events import Event
from tests.faults.invariants import (
    Answer,
    SentPost,
    legal_order,
    nothing_lost,
    one_answer,
    one_decision,
    published,
    same_digest,
)
from tests.replay.simulated_log import AUTHOR, SimulatedLog, Simulation, Step

pytestmark = [pytest.mark.long, pytest.mark.injects("E35", invariants="I1 I3 I4 I5 I7 I11")]

MAX_STEPS = 80
# (what, which): start a submission, a change, a decision, an indexing; or move (6–8) or kill (9) what runs.
steps = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 11)), min_size=MAX_STEPS // 4, max_size=MAX_STEPS)
# Long schedules from seeds: no failure in n of them bounds the rate of failing ones at about 3/n.
SEEDS, LONG_STEPS = range(2000), 200
CONTROLS = range(300)


def played(schedule: Sequence[Step], *, expects: bool = True) -> Simulation:
    simulation = Simulation(SimulatedLog(expects))
    simulation.play(schedule)
    simulation.heal()
    return simulation


def violations(simulation: Simulation) -> list[str]:
    """Return every invariant that a log and its answers break."""
    log = simulation.log.events
    sent = [
        SentPost(post_id, AUTHOR, post_id, tuple(Answer("ok", sequence) for sequence in told))
        for post_id, told in simulation.answers.items()
    ]
    findable = {post_id: sequence for post_id, (sequence, live) in simulation.index.items() if live}
    wrong = nothing_lost(sent, log) + one_answer(sent, log) + one_decision(log, quiet=True) + legal_order(log)
    if findable != {post_id: decision.sequence for post_id, decision in published(log).items()}:
        wrong.append(f"the index holds {findable}")
    return wrong


@settings(max_examples=1000)
@given(steps)
def test_log_and_index_are_right_after_crashes_repeats_and_races(schedule: list[Step]) -> None:
    assert violations(played(schedule)) == []


@settings(max_examples=500)
@given(steps, st.randoms(use_true_random=False))
def test_repeats_and_order_do_not_change_a_view(schedule: list[Step], chance: random.Random) -> None:
    log = played(schedule).log.events
    repeated = overlapping(log, chance)
    scattered = chance.sample(repeated, len(repeated))
    assert same_digest({"once": view_of(log), "repeated": view_of(repeated)}) == []
    assert same_digest({"once": ranking_of(log), "repeated": ranking_of(repeated)}) == []
    assert same_digest({"once": latest_facts_of(log), "scattered": latest_facts_of(scattered)}) == []


def overlapping(log: Sequence[Event], chance: random.Random) -> list[Event]:
    """Return the log as a follower gets it that sometimes repeats earlier facts."""
    messages: list[Event] = []
    for place in range(len(log)):
        messages += log[max(0, place - chance.randint(0, 5)) : place + 1]
    return messages


def drawn(seed: int) -> list[Step]:
    """Return the long schedule of a seed."""
    chance = random.Random(seed)
    return [(chance.randint(0, 9), chance.randint(0, 11)) for _ in range(LONG_STEPS)]


def test_long_schedules_from_seeds_end_right(record_property: Callable[[str, object], None]) -> None:
    record_property("trials", len(SEEDS))
    wrong = {seed: broken for seed in SEEDS if (broken := violations(played(drawn(seed))))}
    assert wrong == {}


def test_a_log_without_expected_sequences_is_detected() -> None:
    noticed = [wrong for seed in CONTROLS for wrong in violations(played(drawn(seed), expects=False))]
    for fault in (
        r"was decided \d+ times",
        "came between the text and its decision",
        r"the answers name .*, the log holds",
    ):
        assert any(re.search(fault, wrong) for wrong in noticed), fault


def view_of(log: Sequence[Event]) -> str:
    """Fold the gateway's view; as in its projector, facts up to the last applied sequence are skipped."""
    change_set, reached = ChangeSet(), 0
    for event in log:
        if event.sequence > reached:
            fold(change_set, event, (event.entity_id, event.type) if event.data.ENTITY == "post" else None)
            reached = event.sequence
    decisions = [asdict(decision) for decision in change_set.decisions]
    return repr((sorted(change_set.posts.items()), change_set.texts, change_set.community_posts, decisions))


def ranking_of(log: Sequence[Event]) -> str:
    state = RankingState()
    for event in log:
        apply_event(state, event)
    return ranking_digest(state)


def latest_facts_of(log: Sequence[Event]) -> str:
    """Fold the posts from which an index is rebuilt, in any order of facts."""
    latest = LatestFacts()
    for event in log:
        apply_fact(latest, event)
    return repr(sorted((post_id, event.sequence) for post_id, event in latest.posts.items()))
