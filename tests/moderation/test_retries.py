"""Retries: their number and their time limits."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.moderation.engines.provider_client import with_retries
from services.moderation.engines.provider_config import RetryPolicy
from services.moderation.engines.provider_errors import RETRYABLE, ErrorCode, ProviderError

QUICK = RetryPolicy(attempt_s=5.0, total_s=10.0, attempts=3, first_wait_s=0.001)


def _fails(*errors: ProviderError) -> tuple[Callable[[], Awaitable[str]], list[ProviderError]]:
    """Return a call that first raises these errors, and the list of errors that are left."""
    left = list(errors)

    async def call() -> str:
        if left:
            raise left.pop(0)
        return "an answer"

    return call, left


@pytest.mark.parametrize("why", sorted(RETRYABLE))
async def test_temporary_errors_are_retried(why: ErrorCode) -> None:
    call, _ = _fails(ProviderError(why), ProviderError(why))
    assert await with_retries(call, QUICK) == "an answer"


async def test_the_last_attempts_error_is_raised() -> None:
    call, left = _fails(*[ProviderError("provider_error")] * 9)
    with pytest.raises(ProviderError, match="provider_error"):
        await with_retries(call, QUICK)
    assert len(left) == 9 - QUICK.attempts


@pytest.mark.parametrize("why", ["unauthorized", "quota_exhausted", "bad_request", "refused"])
async def test_lasting_errors_are_not_retried(why: ErrorCode) -> None:
    call, left = _fails(*[ProviderError(why)] * 2)
    with pytest.raises(ProviderError, match=why):
        await with_retries(call, QUICK)
    assert len(left) == 1


async def test_a_retry_waits_as_long_as_the_provider_asks() -> None:
    at: list[float] = []

    async def call() -> str:
        at.append(asyncio.get_running_loop().time())
        if len(at) == 1:
            raise ProviderError("rate_limited", retry_after_s=0.05)
        return "an answer"

    await with_retries(call, QUICK)
    assert at[1] - at[0] >= 0.04  # clocks may be a little short, never early by more


async def test_no_retry_starts_after_the_total_time_limit() -> None:
    call, left = _fails(*[ProviderError("rate_limited", retry_after_s=60.0)] * 2)
    async with asyncio.timeout(QUICK.total_s):  # far less than the wait that was asked for
        with pytest.raises(ProviderError, match="rate_limited"):
            await with_retries(call, QUICK)
    assert len(left) == 1


async def test_an_attempt_that_hangs_is_cut_off_and_retried() -> None:
    calls = 0

    async def call() -> str:
        nonlocal calls
        calls += 1
        if calls == 1:
            await asyncio.Event().wait()
        return "an answer"

    assert await with_retries(call, RetryPolicy(0.05, 10.0, 3, 0.001)) == "an answer"


async def test_a_call_that_always_hangs_ends_at_the_total_time_limit() -> None:
    with pytest.raises(ProviderError, match="timeout"):
        await with_retries(asyncio.Event().wait, RetryPolicy(5.0, 0.1, 3))
