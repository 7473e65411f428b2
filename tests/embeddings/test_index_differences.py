"""The comparison of the index with the log names every kind of difference, and nothing else."""

from services.embeddings.index_differences import StoredPoint, differences
from services.embeddings.projections import LatestFacts, apply_fact
from shared.log.events import Event
from shared.testing import decided, submitted

LAST, END = 100, 110


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
    assert differences(a_log(post), {post.entity_id: StoredPoint(10, 1, True)}, LAST, END).count == 0


def test_a_post_without_a_point_or_behind_a_tombstone_is_missing() -> None:
    first, second = decision(10), decision(20)
    found = differences(a_log(first, second), {second.entity_id: StoredPoint(15, 0, False)}, LAST, END)
    assert {event.entity_id for event in found.missing} == {first.entity_id, second.entity_id}
    assert str(found) == "2 missing"


def test_a_point_of_an_earlier_fact_is_stale() -> None:
    post = decision(10)
    assert differences(a_log(post), {post.entity_id: StoredPoint(5, 1, True)}, LAST, END).stale == (post,)


def test_a_searchable_point_of_a_refused_or_unknown_post_is_extra() -> None:
    refused = decision(10, "rejected")
    stored = {refused.entity_id: StoredPoint(5, 1, True), "unknown": StoredPoint(7, 1, True)}
    assert dict(differences(a_log(refused), stored, LAST, END).extra) == {refused.entity_id: 5, "unknown": 7}


def test_a_point_with_another_revision_or_of_a_later_fact_than_the_log_has_is_wrong() -> None:
    post, ahead, hidden = decision(10), decision(20), decision(30)
    stored = {
        post.entity_id: StoredPoint(10, 2, True),
        ahead.entity_id: StoredPoint(END + 1, 1, True),
        hidden.entity_id: StoredPoint(LAST - 1, 0, False),
    }
    found = differences(a_log(post, ahead, hidden), stored, LAST, END)
    assert found.wrong == ((post, 10), (ahead, END + 1), (hidden, LAST - 1))
    assert str(found) == "3 wrong"


def test_an_extra_point_that_claims_a_later_fact_than_the_log_has_is_found() -> None:
    assert differences(a_log(), {"unknown": StoredPoint(END + 1, 1, True)}, LAST, END).extra == (("unknown", END + 1),)


def test_points_of_facts_after_the_comparison_are_left_alone() -> None:
    post = decision(10)
    stored = {post.entity_id: StoredPoint(LAST + 1, 2, True), "new": StoredPoint(END, 1, True)}
    assert differences(a_log(post), stored, LAST, END).count == 0
