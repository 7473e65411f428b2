"""What can go wrong at a provider, in words for moderators; never in the provider's words."""

from typing import Literal

Why = Literal[
    "not_configured",  # the policy names a provider, the installation has none
    "over_budget",  # the day's money, or this person's share of it, is spent
    "budget_unknown",  # the ledger does not answer, and nothing is spent blindly
    "circuit_open",  # it has failed again and again, and is left alone for a while
    "timeout",
    "unreachable",
    "rate_limited",
    "quota_exhausted",
    "provider_error",
    "unauthorized",
    "bad_request",
    "unreadable",  # an answer that is not what was asked for
    "refused",  # the provider's model or filter would not judge the text
]
# These say that the provider is away or will not serve us at all. The others depend on the text or on our own
# limits: if they opened the circuit, one author could switch the provider off for everybody.
AWAY: frozenset[Why] = frozenset(
    {"timeout", "unreachable", "rate_limited", "quota_exhausted", "provider_error", "unauthorized"}
)
# These say nothing of the provider at all: nobody asked it.
OURS: frozenset[Why] = frozenset({"not_configured", "over_budget", "budget_unknown", "circuit_open"})
# No repeat can help before somebody pays or changes a key: the circuit opens at once.
LASTING: frozenset[Why] = frozenset({"quota_exhausted", "unauthorized"})
AGAIN: frozenset[Why] = frozenset({"timeout", "unreachable", "rate_limited", "provider_error", "unreadable"})


class Trouble(Exception):
    """No usable answer. Holds nothing that the provider wrote: that may quote the text, or the key.

    `wait_s`: how long the provider asks to be left alone (Retry-After), None where it does not say.
    """

    def __init__(self, why: Why, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.why: Why = why
        self.wait_s = wait_s
