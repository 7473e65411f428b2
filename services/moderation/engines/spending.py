"""What the provider may cost in a day: counted at the broker, so that restarts and replicas share one count."""

from collections.abc import Callable
from datetime import UTC, datetime

from nats.aio.client import Client
from nats.errors import Error as BrokerError

from services.moderation.engines.trouble import Trouble

MICRO = 1_000_000  # money is counted in millionths of a dollar: counters hold whole numbers
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Days are counted in UTC, as providers bill."""
    return datetime.now(UTC)


class Spending:
    """The counters of stream `SPENDING` (ADR-49 of NATS): adding is one message, and its receipt has the new sum."""

    def __init__(self, broker: Client, clock: Clock = utc_now) -> None:
        self._stream = broker.jetstream(timeout=2)
        self._clock = clock

    @property
    def day(self) -> str:
        """The day that is counted now."""
        return f"{self._clock():%Y-%m-%d}"

    async def add_text(self, person_id: str) -> int:
        """Count one text of a person; how many they have had scored today. Raises Trouble `budget_unknown`."""
        return await self._add(f"person.{person_id}", 1)

    async def add_usd(self, usd: float) -> float:
        """Count what was spent; the sum of today in dollars. Raises Trouble `budget_unknown`."""
        return await self._add("usd", round(usd * MICRO)) / MICRO

    async def _add(self, what: str, amount: int) -> int:
        subject = f"spending.{self.day}.{what}"
        try:
            # Without the expected stream's name: the broker refuses expectations together with a counter.
            receipt = await self._stream.publish(subject, headers={"Nats-Incr": f"{amount:+d}"})
        except (BrokerError, OSError):
            raise Trouble("budget_unknown") from None
        return int(receipt.val or 0)


class Budget:
    """The two limits of a day. A limit is noticed after it was passed: by what was on its way then, not by more."""

    def __init__(self, spending: Spending, daily_usd: float, person_daily_texts: int) -> None:
        self._spending = spending
        self._daily_usd = daily_usd
        self._person_daily_texts = person_daily_texts
        self._spent: tuple[str, float] = ("", 0.0)  # a day, and the sum that its last receipt told of

    @property
    def used(self) -> float:
        """The share of the day's money that was spent when this replica last paid; 0 where money has no limit."""
        return self._spent[1] / self._daily_usd if self._daily_usd else 0.0

    async def enter(self, person_id: str) -> None:
        """Count one text. Raises Trouble `over_budget` or `budget_unknown`: then nobody may be paid for it."""
        if self._spent[0] != self._spending.day:
            await self._add(0.0)
        if self._daily_usd and self._spent[1] >= self._daily_usd:
            raise Trouble("over_budget")
        if await self._spending.add_text(person_id) > self._person_daily_texts:
            raise Trouble("over_budget")

    async def pay(self, usd: float) -> None:
        """Count what a text has cost. Raises Trouble `budget_unknown`."""
        if usd > 0:
            await self._add(usd)

    async def _add(self, usd: float) -> None:
        day = self._spending.day
        self._spent = (day, await self._spending.add_usd(usd))
