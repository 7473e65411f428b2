"""The weight of votes and reports: within its bounds, growing with time, and never worth a new account."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.posts.vote_weight import FIRST_WEIGHT, FULL, Conduct, weight_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FOREVER = datetime.max.replace(tzinfo=UTC)
DAYS = 7.0
moments = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
conducts = st.builds(
    Conduct,
    registered_at=moments,
    suspended_until=st.none() | moments,
    published=st.integers(0, 10**9),
    rejected=st.integers(0, 10**9),
    rejected_at=st.none() | moments,
)
days = st.floats(0, 365)


def conduct(age: float, **fields: object) -> Conduct:
    """Return the conduct of somebody who registered so many days ago."""
    return Conduct(registered_at=NOW - timedelta(days=age), **fields)  # type: ignore[arg-type]


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.mark.parametrize(
    ("of", "percent", "waiting"),
    [
        (conduct(0), 10, 7),
        (conduct(3.5), 55, 3.5),
        (conduct(7 - 1e-6), 99, 1e-6),
        (conduct(7), 100, None),
        (conduct(1000), 100, None),
        # Posts spare a day each, and half of the waiting at most.
        (conduct(0, published=1000), 10, 3.5),
        (conduct(2, published=2), 46, 3),
        (conduct(3.5, published=4), 100, None),
        # A rejection costs three days, and never more than the time before it.
        (conduct(5, rejected=1, rejected_at=ago(0)), 35, 5),
        (conduct(5, rejected=9, rejected_at=ago(1)), 22, 6),
        (conduct(100, rejected=9, rejected_at=ago(0)), 100, None),
        (conduct(5, rejected=1, rejected_at=ago(6)), 74, 2),
        # A suspension starts the waiting again, from its end on.
        (conduct(100, suspended_until=ago(0)), 10, 7),
        (conduct(100, suspended_until=ago(3.5)), 55, 3.5),
        (conduct(100, suspended_until=FOREVER), 10, 7),
        # A clock that was ahead at the registration.
        (conduct(-30), 10, 7),
    ],
)
def test_the_weight_grows_with_time_and_posts_and_shrinks_by_rejections_and_suspensions(
    of: Conduct, percent: int, waiting: float | None
) -> None:
    weight = weight_of(of, DAYS, NOW)
    assert weight.percent == percent
    assert (weight.full_at and weight.full_at - NOW) == (None if waiting is None else timedelta(days=waiting))


def test_without_a_waiting_time_everybody_counts_fully() -> None:
    assert weight_of(conduct(0, suspended_until=FOREVER), 0, NOW) == FULL


@given(of=conducts, days=days, now=moments)
def test_the_weight_has_bounds_and_names_the_moment_when_it_is_full(of: Conduct, days: float, now: datetime) -> None:
    weight = weight_of(of, days, now)
    assert FIRST_WEIGHT <= weight.percent <= 100
    assert (weight.percent == 100) == (weight.full_at is None)
    if weight.full_at is not None:
        assert now < weight.full_at <= now + timedelta(days=days)


@given(of=conducts, days=days, now=moments, later=st.timedeltas(timedelta(0), timedelta(days=400)))
def test_waiting_never_lessens_the_weight(of: Conduct, days: float, now: datetime, later: timedelta) -> None:
    assert weight_of(of, days, now + later).percent >= weight_of(of, days, now).percent


@given(of=conducts, days=days, now=moments, later=st.timedeltas(timedelta(0), timedelta(days=400)))
def test_another_account_never_weighs_more_than_the_one_it_replaces(
    of: Conduct, days: float, now: datetime, later: timedelta
) -> None:
    # Not while they are suspended: nobody's vote counts then.
    made = max(now, *(moment for moment in (of.registered_at, of.rejected_at, of.suspended_until) if moment))
    replacement = Conduct(registered_at=made)
    assert weight_of(of, days, made + later).percent >= weight_of(replacement, days, made + later).percent


@given(st.lists(conducts, min_size=5, max_size=5), moments)
def test_five_accounts_of_the_same_minute_are_less_than_one_vote(people: list[Conduct], now: datetime) -> None:
    fresh = [Conduct(registered_at=now - timedelta(seconds=29), published=one.published) for one in people]
    assert sum(weight_of(one, DAYS, now).percent for one in fresh) < 100
