"""Daily budgets for a provider, counted at the broker, so that restarts and replicas share one count."""

from collections.abc import Callable
from datetime import UTC, datetime

from nats.aio.client import Client
from nats.errors import Error as BrokerError

from services.moderation.engines.provider_errors import ProviderError
from shared.telemetry.metrics import PROVIDER_BUDGET_USED, Metrics

MICRO = 1_000_000  # money is counted in millionths of a dollar, because counters are whole numbers
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the time in UTC: days are UTC days, as providers bill."""
    return datetime.now(UTC)


class SpendingCounters:
    """The counters of the stream `SPENDING` (ADR-49 of NATS): an addition is one message, acknowledged with the sum."""

    def __init__(self, broker: Client, clock: Clock = utc_now) -> None:
        self._stream = broker.jetstream(timeout=2)
        self._clock = clock

    @property
    def day(self) -> str:
        """The current UTC day."""
        return f"{self._clock():%Y-%m-%d}"

    async def add_text(self, person_id: str) -> int:
        """Count one text of a user and return their texts today. Raises ProviderError `budget_unknown`."""
        return await self._add(f"person.{person_id}", 1)

    async def add_usd(self, usd: float) -> float:
        """Count a cost and return today's sum in US dollars. Raises ProviderError `budget_unknown`."""
        return await self._add("usd", round(usd * MICRO)) / MICRO

    async def _add(self, name: str, amount: int) -> int:
        subject = f"spending.{self.day}.{name}"
        try:
            # Without the expected stream's name: the broker refuses expectations together with a counter.
            ack = await self._stream.publish(subject, headers={"Nats-Incr": f"{amount:+d}"})
        except (BrokerError, OSError):
            raise ProviderError("budget_unknown") from None
        return int(ack.val or 0)


class Budget:
    """The limits of a day. Calls in flight may exceed a limit, because costs are known only afterwards."""

    def __init__(self, counters: SpendingCounters, daily_usd: float, person_daily_texts: int, metrics: Metrics) -> None:
        self._counters = counters
        self._daily_usd = daily_usd
        self._person_daily_texts = person_daily_texts
        self._metrics = metrics
        self._spent: tuple[str, float] = ("", 0.0)  # a day, and its sum in US dollars at the last acknowledgement

    async def count_text(self, person_id: str) -> None:
        """Count one text. Raises ProviderError `over_budget` or `budget_unknown`: then nothing may be paid for it."""
        if self._spent[0] != self._counters.day:
            await self._add(0.0)
        if self._daily_usd and self._spent[1] >= self._daily_usd:
            raise ProviderError("over_budget")
        if await self._counters.add_text(person_id) > self._person_daily_texts:
            raise ProviderError("over_budget")

    async def add_cost(self, usd: float) -> None:
        """Count the cost of a text. Raises ProviderError `budget_unknown`."""
        if usd > 0:
            await self._add(usd)
        self._metrics.set(PROVIDER_BUDGET_USED, self._spent[1] / self._daily_usd if self._daily_usd else 0.0)

    async def _add(self, usd: float) -> None:
        day = self._counters.day
        self._spent = (day, await self._counters.add_usd(usd))
