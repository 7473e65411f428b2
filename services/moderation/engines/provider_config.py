"""The configuration of a provider: address, models, prices, retries and budgets."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars per million tokens."""

    input_usd: float
    output_usd: float

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        """Return the cost in US dollars."""
        return (input_tokens * self.input_usd + output_tokens * self.output_usd) / 1e6


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Time limits in seconds, of one attempt and of all attempts with their waits, and the number of attempts."""

    attempt_s: float
    total_s: float
    attempts: int
    # Half a second, doubled each time: an overloaded provider needs the pause, users hardly notice it.
    first_wait_s: float = 0.5


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """The configuration of one provider. An empty `moderation_model` or `model` means that this endpoint is not used.

    With both endpoints, the higher score of a category counts. `daily_usd` limits the cost of a day (0: no limit),
    `person_daily_texts` the texts of one user per day.
    """

    api_key: str
    base_url: str
    model: str
    moderation_model: str
    temperature: float | None
    max_tokens: int
    prices: Prices
    retry: RetryPolicy
    connect_s: float
    in_flight: int
    daily_usd: float
    person_daily_texts: int

    @property
    def models(self) -> str:
        """The names of the models, as decisions record them."""
        return "+".join(name for name in (self.model, self.moderation_model) if name)
