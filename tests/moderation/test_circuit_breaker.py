"""The circuit breaker: opened by a provider that is away, never by a text."""

import pytest

from services.moderation.engines.circuit_breaker import CircuitBreaker
from services.moderation.engines.provider_errors import PERMANENT, UNAVAILABLE, ErrorCode, ProviderError


def _failing(breaker: CircuitBreaker, times: int, why: ErrorCode = "timeout", at: float = 0.0) -> None:
    for _ in range(times):
        breaker.before_call(at)
        breaker.after_call(ProviderError(why), at)


def test_it_opens_after_failures_in_a_row_and_says_so() -> None:
    breaker = CircuitBreaker()
    _failing(breaker, breaker.threshold - 1)
    assert breaker.state(0.0) == "failing: timeout"
    _failing(breaker, 1)
    assert breaker.state(0.0) == "circuit open: timeout, tried again in 30 s"
    with pytest.raises(ProviderError, match="circuit_open"):
        breaker.before_call(1.0)


def test_a_success_in_between_counts_from_the_beginning() -> None:
    breaker = CircuitBreaker()
    for _ in range(3):
        _failing(breaker, breaker.threshold - 1)
        breaker.before_call(0.0)
        breaker.after_call(None, 0.0)
    assert breaker.state(0.0) == "ok"


def test_after_the_rest_one_text_probes_and_its_success_closes() -> None:
    breaker = CircuitBreaker()
    _failing(breaker, breaker.threshold)
    breaker.before_call(breaker.open_s)
    with pytest.raises(ProviderError, match="circuit_open"):
        breaker.before_call(breaker.open_s)
    breaker.after_call(None, breaker.open_s)
    assert breaker.state(breaker.open_s) == "ok"
    breaker.before_call(breaker.open_s)
    breaker.before_call(breaker.open_s)


def test_a_probe_that_fails_opens_it_again() -> None:
    breaker = CircuitBreaker()
    _failing(breaker, breaker.threshold)
    _failing(breaker, 1, at=breaker.open_s)
    with pytest.raises(ProviderError, match="circuit_open"):
        breaker.before_call(2 * breaker.open_s - 1)
    breaker.before_call(2 * breaker.open_s)


def test_a_probe_that_asked_nobody_leaves_it_open_for_the_next() -> None:
    breaker = CircuitBreaker()
    _failing(breaker, breaker.threshold)
    breaker.before_call(breaker.open_s)
    breaker.after_call(ProviderError("over_budget"), breaker.open_s)
    assert breaker.state(breaker.open_s).startswith("circuit open: timeout")
    breaker.before_call(breaker.open_s)


@pytest.mark.parametrize("why", sorted(PERMANENT))
def test_what_only_people_can_mend_opens_it_at_once(why: ErrorCode) -> None:
    breaker = CircuitBreaker()
    _failing(breaker, 1, why)
    assert breaker.state(0.0).startswith(f"circuit open: {why}")


@pytest.mark.parametrize("why", ["unreadable", "refused", "bad_request", "over_budget"])
def test_no_text_and_no_budget_can_open_it(why: ErrorCode) -> None:
    breaker = CircuitBreaker()
    assert why not in UNAVAILABLE
    _failing(breaker, 100, why)
    breaker.before_call(0.0)


def test_what_is_useless_again_and_again_is_told_though_the_circuit_stays_closed() -> None:
    breaker = CircuitBreaker()
    _failing(breaker, breaker.threshold - 1, "bad_request")
    assert breaker.state(0.0) == "ok"
    _failing(breaker, 1, "bad_request")
    assert breaker.state(0.0) == "failing: bad_request"
    breaker.before_call(0.0)
    breaker.after_call(None, 0.0)
    assert breaker.state(0.0) == "ok"


def test_a_provider_cannot_ask_to_be_left_alone_for_a_year() -> None:
    breaker = CircuitBreaker()
    for _ in range(breaker.threshold):
        breaker.before_call(0.0)
        breaker.after_call(ProviderError("rate_limited", retry_after_s=31_536_000.0), 0.0)
    breaker.before_call(breaker.max_open_s)
