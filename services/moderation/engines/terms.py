"""What an installation has agreed on with its provider: where it is, what is asked there, and what it may cost."""

from dataclasses import dataclass

from services.moderation.engines.patience import Patience


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for a million tokens."""

    input_usd: float
    output_usd: float

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        """US dollars."""
        return (input_tokens * self.input_usd + output_tokens * self.output_usd) / 1e6


@dataclass(frozen=True, slots=True)
class Terms:
    """How to speak with one provider. Without `moderation_model` its moderation endpoint is not asked, without
    `model` no chat model is; where both are, the higher score of a category counts.

    `daily_usd` and `person_daily_texts` bound what a day may cost, and what one person may cost in it.
    """

    api_key: str
    base_url: str
    model: str
    moderation_model: str
    temperature: float | None
    max_tokens: int
    prices: Prices
    patience: Patience
    connect_s: float
    in_flight: int
    daily_usd: float
    person_daily_texts: int

    @property
    def models(self) -> str:
        """The models' names as they stand in a decision."""
        return "+".join(name for name in (self.model, self.moderation_model) if name)
