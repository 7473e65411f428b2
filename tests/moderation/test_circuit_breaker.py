"""The circuit breaker: opened by an unavailable provider, never by a text."""

import pytest

from services.moderation.engines.circuit_breaker import CircuitBreaker
from services.moderation.engines.provider_errors import (
    NEVER_WORKED,
    PERMANENT,
    REMEDIES,
    UNAVAILABLE,
    ErrorCode,
    ProviderError,
)


def _failing(breaker: CircuitBreaker, times: int, why: ErrorCode = "timeout", at: float = 0.0) -> None:
    for _ in range(times):
        breaker.before_call(at)
        breaker.after_call(ProviderError(why), at)


def test_consecutive_failures_open_the_circuit() -> None:
    breaker = CircuitBreaker()
    _failing(breaker, breaker.threshold - 1)
    assert breaker.state(0.0) == "failing: timeout"
    _failing(breaker, 1)
    assert breaker.state(0.0) == "circuit open: timeout, tried again in 30 s"
    with pytest.raises(ProviderError, match="circuit_open"):
        breaker.before_call(1.0)


def test_a_success_resets_the_count_of_failures() -> None:
    breaker = CircuitBreaker()
    for _ in range(3):
        _failing(breaker, breaker.threshold - 1)
        breaker.before_call(0.0)
        breaker.after_call(None, 0.0)
    assert breaker.state(0.0) == "ok"


def test_one_text_probes_the_open_circuit_and_its_success_closes_it() -> None:
    breaker = CircuitBreaker()
    _failing(breaker, breaker.threshold)
    breaker.before_call(breaker.open_s)
    with pytest.raises(ProviderError, match="circuit_open"):
        breaker.before_call(breaker.open_s)
    breaker.after_call(None, breaker.open_s)
    assert breaker.state(breaker.open_s) == "ok"
    breaker.before_call(breaker.open_s)
    breaker.before_call(breaker.open_s)


def test_a_failed_probe_opens_the_circuit_again() -> None:
    breaker = CircuitBreaker()
    _failing(breaker, breaker.threshold)
    _failing(breaker, 1, at=breaker.open_s)
    with pytest.raises(ProviderError, match="circuit_open"):
        breaker.before_call(2 * breaker.open_s - 1)
    breaker.before_call(2 * breaker.open_s)


def test_a_probe_that_did_not_reach_the_provider_lets_the_next_text_probe() -> None:
    breaker = CircuitBreaker()
    _failing(breaker, breaker.threshold)
    breaker.before_call(breaker.open_s)
    breaker.after_call(ProviderError("over_budget"), breaker.open_s)
    assert breaker.state(breaker.open_s).startswith("circuit open: timeout")
    breaker.before_call(breaker.open_s)


@pytest.mark.parametrize("why", sorted(PERMANENT))
def test_permanent_errors_open_the_circuit_at_once(why: ErrorCode) -> None:
    breaker = CircuitBreaker()
    _failing(breaker, 1, why)
    assert breaker.state(0.0).startswith(f"circuit open: {why}")


@pytest.mark.parametrize("why", ["unreadable", "refused", "bad_request", "over_budget"])
def test_errors_of_texts_and_budgets_never_open_the_circuit_of_a_working_provider(why: ErrorCode) -> None:
    breaker = CircuitBreaker()
    breaker.before_call(0.0)
    breaker.after_call(None, 0.0)
    assert why not in UNAVAILABLE
    _failing(breaker, 100, why)
    breaker.before_call(0.0)


def test_repeated_unusable_responses_are_reported_while_the_circuit_stays_closed() -> None:
    breaker = CircuitBreaker()
    breaker.before_call(0.0)
    breaker.after_call(None, 0.0)
    _failing(breaker, breaker.threshold - 1, "bad_request")
    assert breaker.state(0.0) == "ok"
    _failing(breaker, 1, "bad_request")
    assert breaker.state(0.0) == "failing: bad_request"
    breaker.before_call(0.0)
    breaker.after_call(None, 0.0)
    assert breaker.state(0.0) == "ok"


@pytest.mark.parametrize("why", ["bad_request", "unreadable"])
def test_a_provider_that_has_refused_everything_since_the_start_is_not_asked_for_each_text(why: ErrorCode) -> None:
    breaker = CircuitBreaker()
    _failing(breaker, breaker.threshold, why)
    with pytest.raises(ProviderError, match="circuit_open"):
        breaker.before_call(0.0)
    breaker.before_call(breaker.open_s)
    breaker.after_call(None, breaker.open_s)
    breaker.before_call(breaker.open_s)


def test_the_providers_sentence_is_kept_while_the_fault_lasts() -> None:
    breaker = CircuitBreaker()
    breaker.before_call(0.0)
    breaker.after_call(ProviderError("not_found", sentence="No such model."), 0.0)
    assert breaker.sentence == "No such model."
    breaker.before_call(breaker.open_s)
    breaker.after_call(None, breaker.open_s)
    assert breaker.sentence == ""


def test_a_long_retry_after_is_limited() -> None:
    breaker = CircuitBreaker()
    for _ in range(breaker.threshold):
        breaker.before_call(0.0)
        breaker.after_call(ProviderError("rate_limited", retry_after_s=31_536_000.0), 0.0)
    breaker.before_call(breaker.max_open_s)


@pytest.mark.parametrize("why", sorted(PERMANENT))
def test_an_error_that_only_the_operator_can_end_is_a_misconfiguration_until_the_provider_works(why: ErrorCode) -> None:
    breaker = CircuitBreaker()
    breaker.before_call(0.0)
    breaker.after_call(None, 0.0)
    assert breaker.misconfigured is None
    _failing(breaker, 1, why)
    assert breaker.misconfigured == why
    assert REMEDIES[why]
    breaker.before_call(breaker.open_s)
    breaker.after_call(None, breaker.open_s)
    assert breaker.misconfigured is None


@pytest.mark.parametrize("why", sorted(NEVER_WORKED))
def test_a_provider_that_never_worked_is_misconfigured_and_one_that_did_is_away(why: ErrorCode) -> None:
    breaker = CircuitBreaker()
    _failing(breaker, breaker.threshold - 1, why)
    assert breaker.misconfigured is None
    _failing(breaker, 1, why)
    assert breaker.misconfigured == why
    assert REMEDIES[why]
    breaker.before_call(breaker.open_s)
    breaker.after_call(None, breaker.open_s)
    _failing(breaker, breaker.threshold, why, at=breaker.open_s)
    assert breaker.misconfigured is None


@pytest.mark.parametrize("why", ["timeout", "rate_limited", "provider_error", "refused", "over_budget"])
def test_an_outage_is_no_misconfiguration(why: ErrorCode) -> None:
    breaker = CircuitBreaker()
    _failing(breaker, breaker.threshold, why)
    assert breaker.misconfigured is None
