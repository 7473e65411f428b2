"""The comparison of the index with the log names every kind of difference, and nothing else."""

from services.embeddings.index_differences import StoredPoint, differences
from services.embeddings.projections import LatestFacts, apply_fact
from shared.log.events import Event
from shared.testing import decided, submitted

LAST = 100


def a_log(*events: Event) -> LatestFacts:
    latest = LatestFacts()
    for event in events:
        apply_fact(latest, event)
    return latest


def decision(sequence: int, outcome: str = "published") -> Event:
    post = submitted().model_copy(update={"sequence": sequence - 1})
    return decided(post, outcome).model_copy(update={"sequence": sequence})


def test_an_equal_index_has_no_differences() -> None:
    post = decision(10)
    assert differences(a_log(post), {post.entity_id: StoredPoint(10, 1, True)}, LAST).count == 0


def test_a_post_without_a_point_or_behind_a_tombstone_is_missing() -> None:
    first, second = decision(10), decision(20)
    found = differences(a_log(first, second), {second.entity_id: StoredPoint(15, 0, False)}, LAST)
    assert {event.entity_id for event in found.missing} == {first.entity_id, second.entity_id}
    assert str(found) == "2 missing"


def test_a_point_of_an_earlier_fact_is_stale() -> None:
    post = decision(10)
    assert differences(a_log(post), {post.entity_id: StoredPoint(5, 1, True)}, LAST).stale == (post,)


def test_a_searchable_point_of_a_refused_or_unknown_post_is_extra() -> None:
    refused = decision(10, "rejected")
    stored = {refused.entity_id: StoredPoint(5, 1, True), "unknown": StoredPoint(7, 1, True)}
    assert dict(differences(a_log(refused), stored, LAST).extra) == {refused.entity_id: 5, "unknown": 7}


def test_another_revision_of_the_same_fact_is_reported_as_beyond_repair() -> None:
    post = decision(10)
    found = differences(a_log(post), {post.entity_id: StoredPoint(10, 2, True)}, LAST)
    assert str(found) == "1 beyond repair"


def test_points_of_facts_after_the_comparison_are_left_alone() -> None:
    post = decision(10)
    stored = {post.entity_id: StoredPoint(LAST + 1, 2, True), "new": StoredPoint(LAST + 2, 1, True)}
    assert differences(a_log(post), stored, LAST).count == 0
