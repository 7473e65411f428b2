"""The reasons why a provider gave no usable scores, as codes for moderators; never in the provider's own words."""

from collections.abc import Mapping
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
    "not_found",  # the provider knows no such model, or there is no provider at the address
    "redirected",  # to another server, which must not get the texts
    "bad_request",
    "unreadable",  # an invalid response
    "refused",  # the provider's model or content filter refused to score the text
]
# The provider is unavailable or rejects all our requests. The other codes depend on the text or on our own limits: if
# they opened the circuit, one author could switch the provider off for everybody.
UNAVAILABLE: frozenset[ErrorCode] = frozenset(
    {
        "timeout", "unreachable", "rate_limited", "quota_exhausted", "provider_error", "unauthorized", "not_found",
        "redirected",
    }
)  # fmt: skip
# The provider was not called, so the error says nothing about it.
NOT_CALLED: frozenset[ErrorCode] = frozenset({"not_configured", "over_budget", "budget_unknown", "circuit_open"})
# No retry helps until somebody pays or changes a setting: the circuit opens at once.
PERMANENT: frozenset[ErrorCode] = frozenset({"quota_exhausted", "unauthorized", "not_found", "redirected"})
# After these a provider that has never worked is not merely away: no text that it was sent can be the cause.
NEVER_WORKED: frozenset[ErrorCode] = frozenset({"unreachable", "bad_request", "unreadable"})
# What the operator must do before the provider works.
_MODEL_OR_ADDRESS = (
    "correct OTTIT_OPENAI_MODEL, OTTIT_OPENAI_MODERATION_MODEL or OPENAI_BASE_URL and restart moderation"
)
REMEDIES: Mapping[ErrorCode, str] = {
    "unauthorized": "the provider refuses the key: correct OPENAI_API_KEY and restart moderation",
    "quota_exhausted": "the provider's quota is used up: pay or raise it",
    "not_found": f"the provider knows no such model or address: {_MODEL_OR_ADDRESS}",
    "redirected": "OPENAI_BASE_URL sends requests on to another server, which gets no texts: set the address of"
    " that server and restart moderation",
    "bad_request": f"the provider has refused every request: {_MODEL_OR_ADDRESS}",
    "unreachable": "the provider has never been reached: let moderation connect to it, or correct OPENAI_BASE_URL and"
    " restart moderation",
    "unreadable": "what is at OPENAI_BASE_URL has never answered like a provider: correct it and restart moderation",
}
RETRYABLE: frozenset[ErrorCode] = frozenset({"timeout", "unreachable", "rate_limited", "provider_error", "unreadable"})

MAX_SENTENCE = 200  # characters
QUOTED = 16  # characters in a row that a sentence has in common with a text if it quotes it


class ProviderError(Exception):
    """A provider gave no usable scores.

    `retry_after_s`: seconds that the provider asks us to wait (Retry-After); None if it does not say. `sentence`: what
    the provider said about a standing fault, for operators only; see `quotable`.
    """

    def __init__(self, code: ErrorCode, retry_after_s: float | None = None, sentence: str = "") -> None:
        super().__init__(code)
        self.code: ErrorCode = code
        self.retry_after_s = retry_after_s
        self.sentence = sentence


def quotable(sentence: str, key: str, text: str) -> str:
    """Return a provider's sentence for operators, on one line; empty if it quotes the text or the key.

    `text`: what was sent to be scored.
    """
    line = " ".join(sentence.split())
    windows = {text[at : at + QUOTED] for at in range(max(1, len(text) - QUOTED + 1))} - {""}
    if (key and key in line) or any(line[at : at + QUOTED] in windows for at in range(len(line))) or text in line:
        return ""
    return line[:MAX_SENTENCE]
