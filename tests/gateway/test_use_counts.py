"""Counting uses: windows, bounds, what other replicas are told, and the cost of texts."""

import pytest

from services.gateway.http.rate_limiter import Limiter, growth
from services.gateway.http.use_counts import UseCounts

KEY = bytes(32)


def pair() -> tuple[UseCounts, UseCounts]:
    """Return the counts of two replicas that know each other, whose clocks differ by a minute."""
    here, there = UseCounts(KEY, lambda: 30.0), UseCounts(KEY, lambda: 100.0)
    here.share()
    there.share()
    return here, there


def test_a_use_counts_at_both_replicas_once() -> None:
    here, there = pair()
    here.add("post", "ada", 3, 20)
    there.take_in(here.news(100))
    assert there.add("post", "ada", 1, 20) == 4
    assert here.news(100) == {}
    here.add("post", "ada", 2, 20)
    there.take_in(here.news(100))
    assert there.add("post", "ada", 0, 20) == 6
    assert there.add("post", "bob", 1, 20) == 1
    assert there.add("report", "ada", 1, 20) == 1


def test_a_replica_that_comes_later_is_told_each_use_once() -> None:
    here, there = UseCounts(KEY, lambda: 30.0), UseCounts(KEY, lambda: 30.0)
    here.add("post", "ada", 5, 20)
    assert here.news(100) == {}
    here.share()
    there.take_in(here.told())
    there.take_in(here.news(100))
    third = UseCounts(KEY, lambda: 30.0)
    third.take_in(here.told())
    third.take_in(here.news(100))
    there.share()
    third.share()
    assert there.add("post", "ada", 0, 20) == third.add("post", "ada", 0, 20) == 5


def test_a_new_minute_starts_from_nothing() -> None:
    now = [30.0]
    counts = UseCounts(KEY, lambda: now[0])
    counts.share()
    counts.add("post", "ada", 5, 20)
    counts.take_in({"00": 5})
    assert counts.seconds_left() == 30
    now[0] = 61.0
    assert counts.news(100) == counts.told() == {}
    assert counts.add("post", "ada", 1, 20) == 1


def test_callers_who_use_little_are_not_told_and_messages_are_bounded() -> None:
    here, _ = pair()
    urgent: list[bool] = []
    here.on_urgent = lambda: urgent.append(True)
    for number in range(1000):
        here.add("read", f"10.0.{number}", 37, 600)
    assert here.news(10_000) == {}
    for number in range(1000):
        here.add("read", f"10.0.{number}", 1, 600)
    assert [len(here.news(400)) for _ in range(4)] == [400, 400, 200, 0]
    assert urgent == []
    here.add("read", "10.0.0", 300, 600)
    assert urgent == [True]


def test_memory_is_bounded_and_callers_above_the_bound_share_one_allowance() -> None:
    counts = UseCounts(KEY, lambda: 30.0, most_callers=3)
    counts.share()
    assert [counts.add("read", f"2001:db8:{number}::/64", 1, 600) for number in range(6)] == [1, 1, 1, 1, 2, 3]
    assert counts.add("read", "2001:db8:0::/64", 1, 600) == 2
    counts.take_in({f"{number:024x}": 1 for number in range(10)})
    assert len(counts._others) == 3


def test_without_others_nothing_is_kept_for_them() -> None:
    here, _ = pair()
    here.add("post", "ada", 20, 20)
    here.keep_to_itself()
    here.add("post", "ada", 20, 20)
    assert here.news(100) == here.told() == {}


@pytest.mark.parametrize(
    ("text", "grown"),
    [("plain", 0), ("\ufdfa" * 10, 30), ("é" * 10, 10), ("가" * 10, 10), ("각" * 10, 20), ("漢字", 0), ("ﬀ", 1)],
)
def test_a_text_costs_what_its_normal_form_adds_up_to_a_bound(text: str, grown: int) -> None:
    assert growth(text.encode()) == grown


def test_bytes_that_are_no_text_cost_no_more_than_their_length() -> None:
    assert growth(b"\xff" * 100) == 0


def test_a_limiter_grants_what_all_replicas_leave() -> None:
    here, there = pair()
    limits = [Limiter(1.0, counts=here), Limiter(1.0, counts=there)]
    granted = 0
    for turn in range(40):
        granted += limits[turn % 2].take("submit_post", "ada").granted
        there.take_in(here.news(100))
        here.take_in(there.news(100))
    assert granted == 20
