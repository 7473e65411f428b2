"""The circuit breaker: opened by a provider that is away, never by a text."""

import pytest

from services.moderation.engines.breaker import Breaker
from services.moderation.engines.trouble import AWAY, LASTING, Trouble, Why


def _failing(breaker: Breaker, times: int, why: Why = "timeout", at: float = 0.0) -> None:
    for _ in range(times):
        breaker.enter(at)
        breaker.leave(Trouble(why), at)


def test_it_opens_after_failures_in_a_row_and_says_so() -> None:
    breaker = Breaker()
    _failing(breaker, breaker.threshold - 1)
    assert breaker.state(0.0) == "failing: timeout"
    _failing(breaker, 1)
    assert breaker.state(0.0) == "circuit open: timeout, tried again in 30 s"
    with pytest.raises(Trouble, match="circuit_open"):
        breaker.enter(1.0)


def test_a_success_in_between_counts_from_the_beginning() -> None:
    breaker = Breaker()
    for _ in range(3):
        _failing(breaker, breaker.threshold - 1)
        breaker.enter(0.0)
        breaker.leave(None, 0.0)
    assert breaker.state(0.0) == "ok"


def test_after_the_rest_one_text_probes_and_its_success_closes() -> None:
    breaker = Breaker()
    _failing(breaker, breaker.threshold)
    breaker.enter(breaker.rest_s)
    with pytest.raises(Trouble, match="circuit_open"):
        breaker.enter(breaker.rest_s)
    breaker.leave(None, breaker.rest_s)
    assert breaker.state(breaker.rest_s) == "ok"
    breaker.enter(breaker.rest_s)
    breaker.enter(breaker.rest_s)


def test_a_probe_that_fails_opens_it_again() -> None:
    breaker = Breaker()
    _failing(breaker, breaker.threshold)
    _failing(breaker, 1, at=breaker.rest_s)
    with pytest.raises(Trouble, match="circuit_open"):
        breaker.enter(2 * breaker.rest_s - 1)
    breaker.enter(2 * breaker.rest_s)


def test_a_probe_that_asked_nobody_leaves_it_open_for_the_next() -> None:
    breaker = Breaker()
    _failing(breaker, breaker.threshold)
    breaker.enter(breaker.rest_s)
    breaker.leave(Trouble("over_budget"), breaker.rest_s)
    assert breaker.state(breaker.rest_s).startswith("circuit open: timeout")
    breaker.enter(breaker.rest_s)


@pytest.mark.parametrize("why", sorted(LASTING))
def test_what_only_people_can_mend_opens_it_at_once(why: Why) -> None:
    breaker = Breaker()
    _failing(breaker, 1, why)
    assert breaker.state(0.0).startswith(f"circuit open: {why}")


@pytest.mark.parametrize("why", ["unreadable", "refused", "bad_request", "over_budget"])
def test_no_text_and_no_budget_can_open_it(why: Why) -> None:
    breaker = Breaker()
    assert why not in AWAY
    _failing(breaker, 100, why)
    breaker.enter(0.0)


def test_what_is_useless_again_and_again_is_told_though_the_circuit_stays_closed() -> None:
    breaker = Breaker()
    _failing(breaker, breaker.threshold - 1, "bad_request")
    assert breaker.state(0.0) == "ok"
    _failing(breaker, 1, "bad_request")
    assert breaker.state(0.0) == "failing: bad_request"
    breaker.enter(0.0)
    breaker.leave(None, 0.0)
    assert breaker.state(0.0) == "ok"


def test_a_provider_cannot_ask_to_be_left_alone_for_a_year() -> None:
    breaker = Breaker()
    for _ in range(breaker.threshold):
        breaker.enter(0.0)
        breaker.leave(Trouble("rate_limited", wait_s=31_536_000.0), 0.0)
    breaker.enter(breaker.longest_rest_s)
