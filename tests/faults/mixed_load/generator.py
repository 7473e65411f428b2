"""An open-loop load: operations begin by the clock, whether or not earlier ones have been answered."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field

from tests.faults.mixed_load.journal import Call, MixedJournal, Record
from tests.faults.mixed_load.operations import Operation, Operations
from tests.faults.mixed_load.people import Caller, Person, fresh_trace

# Kind → share of the operations. Reads and writes as in a small, busy community; sign-ups are rare.
WEIGHTS = {
    "submit": 28, "comment": 10, "edit": 6, "withdraw": 3, "vote": 20, "feed": 16, "search": 6,
    "appeal": 3, "report": 3, "review": 4, "sign_up": 1,
}  # fmt: skip
# An operation that begins this much after its time is counted as late.
LATE_S = 0.25
SETTLE_PAUSE_S = 0.5
SETTLED_AT_ONCE = 8
WRITES = ("submit", "edit", "withdraw", "vote")


@dataclass(frozen=True)
class Plan:
    """The load to send: operations per second, for how long, by how many users, to which community."""

    url: str
    rate: float
    seconds: float
    seed: int
    community: str
    people: int = 6
    handle_prefix: str = "load"


@dataclass
class Totals:
    """The operations that were sent, by kind, late ones, and the greatest lateness in seconds."""

    started: Counter[str] = field(default_factory=Counter)
    late: int = 0
    latest_s: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)


class Generator:
    """Sends a plan's operations. `moderators` decide on posts; without them no reviews are sent."""

    def __init__(self, plan: Plan, journal: MixedJournal, moderators: list[Person] | None = None) -> None:
        self.plan = plan
        self.totals = Totals()
        self.people: list[Person] = []
        self._moderators = moderators or []
        self._chance = random.Random(plan.seed)
        self._caller = Caller(journal)
        self._operations = Operations(self._caller, plan.community, self._chance)
        self._signed_up = 0
        self._stopping = asyncio.Event()

    async def prepare(self) -> None:
        """Sign the users up, and retry until they are there."""
        while len(self.people) < self.plan.people:
            await self._sign_up()

    async def run(self) -> None:
        """Send operations until the plan's time is over or `stop` is called, then wait for the open ones."""
        kinds, weights = zip(*self._weights().items(), strict=True)
        loop, tasks = asyncio.get_running_loop(), set[asyncio.Task[None]]()
        due, end = loop.time(), loop.time() + self.plan.seconds
        while due < end and not self._stopping.is_set():
            await self._wait(due - loop.time())
            kind, person = self._chance.choices(kinds, weights)[0], self._chance.choice(self.people)
            late = loop.time() - due
            self.totals.started[kind] += 1
            self.totals.late += late > LATE_S
            self.totals.latest_s = max(self.totals.latest_s, late)
            task = asyncio.create_task(self._guarded(kind, self._begin(kind, person, time.time() - late)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            due += self._chance.expovariate(self.plan.rate)
        await asyncio.gather(*tasks)

    def stop(self) -> None:
        """End `run` before its time."""
        self._stopping.set()

    async def settle(self, record: Record, within_s: float) -> int:
        """Send each submission of unknown outcome again with its id until its outcome is known.

        Returns the number of such submissions.

        Raises:
            TimeoutError: an outcome is still unknown.
        """
        people = {person.id: person for person in self.people}
        unknown = [
            calls[0]
            for calls in record.by_key("submit").values()
            if all(call.outcome == "unknown" for call in calls) and calls[0].user_id in people
        ]
        slots = asyncio.Semaphore(SETTLED_AT_ONCE)

        async def settle(call: Call) -> None:
            async with slots:
                await self._settle(people[call.user_id], call)

        async with asyncio.timeout(within_s):
            await asyncio.gather(*map(settle, unknown))
        return len(unknown)

    @property
    def accepted(self) -> int:
        """The number of writes that the load has been told are stored."""
        return sum(self._caller.accepted[kind] for kind in WRITES)

    async def close(self) -> None:
        """Close all connections."""
        for person in (*self.people, *self._moderators):
            await person.http.aclose()

    async def _settle(self, person: Person, call: Call) -> None:
        while True:
            outcome = await self._operations.send_post(person, time.time(), call.data["json"], fresh_trace())
            if outcome != "unknown":
                return
            await asyncio.sleep(SETTLE_PAUSE_S)

    def _weights(self) -> dict[str, int]:
        return {kind: weight for kind, weight in WEIGHTS.items() if kind != "review" or self._moderators}

    async def _begin(self, kind: str, person: Person, due: float) -> None:
        if kind == "sign_up":
            await self._sign_up()
            return
        operation: Operation = getattr(self._operations, kind)
        await operation(self._chance.choice(self._moderators) if kind == "review" else person, due)

    async def _guarded(self, kind: str, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:
            # A fault of the load itself: it must not end the schedule, and `Totals` shows it.
            self.totals.failures[f"{kind}: {type(error).__name__}: {error}"] += 1

    async def _sign_up(self) -> None:
        self._signed_up += 1
        handle = f"{self.plan.handle_prefix}-{self.plan.seed}-{self._signed_up}"
        if person := await self._caller.sign_up(self.plan.url, handle, self._chance):
            self.people.append(person)
        else:
            await asyncio.sleep(SETTLE_PAUSE_S)

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            try:
                async with asyncio.timeout(seconds):
                    await self._stopping.wait()
            except TimeoutError:
                return
