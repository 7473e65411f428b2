"""The reasons why a provider gave no usable scores, as codes for moderators; never in the provider's own words."""

from typing import Literal

ErrorCode = Literal[
    "not_configured",  # the policy names a provider, the installation has none
    "over_budget",  # the day's money, or this user's share of it, is spent
    "budget_unknown",  # the counters cannot be read, so nothing may be spent
    "circuit_open",  # too many failures in a row: the provider is not called for a while
    "timeout",
    "unreachable",
    "rate_limited",
    "quota_exhausted",
    "provider_error",
    "unauthorized",
    "bad_request",
    "unreadable",  # an invalid response
    "refused",  # the provider's model or content filter refused to score the text
]
# The provider is unavailable or rejects all our requests. The other codes depend on the text or on our own limits: if
# they opened the circuit, one author could switch the provider off for everybody.
UNAVAILABLE: frozenset[ErrorCode] = frozenset(
    {"timeout", "unreachable", "rate_limited", "quota_exhausted", "provider_error", "unauthorized"}
)
# The provider was not called, so the error says nothing about it.
NOT_CALLED: frozenset[ErrorCode] = frozenset({"not_configured", "over_budget", "budget_unknown", "circuit_open"})
# No retry helps until somebody pays or changes the key: the circuit opens at once.
PERMANENT: frozenset[ErrorCode] = frozenset({"quota_exhausted", "unauthorized"})
RETRYABLE: frozenset[ErrorCode] = frozenset({"timeout", "unreachable", "rate_limited", "provider_error", "unreadable"})


class ProviderError(Exception):
    """A provider gave no usable scores. Holds nothing that it wrote, which might quote the text or the key.

    `retry_after_s`: seconds that the provider asks us to wait (Retry-After); None if it does not say.
    """

    def __init__(self, code: ErrorCode, retry_after_s: float | None = None) -> None:
        super().__init__(code)
        self.code: ErrorCode = code
        self.retry_after_s = retry_after_s
