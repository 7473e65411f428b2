"""Tells the other replicas of the gateway what was used here, and counts what they tell.

By plain messages inside the gateway's own account at the broker, which nobody else can send or read. Whatever is lost
is not counted elsewhere: without the others each replica limits by its own counts.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from time import monotonic
from typing import Annotated

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BrokerError
from pydantic import BaseModel, Field, ValidationError

from services.gateway.http.use_counts import UseCounts
from shared.ids import new_id
from shared.security.permissions import USES
from shared.tasks import cancel_and_wait, start_background

logger = logging.getLogger(__name__)
# A caller who spreads requests gets at most what the replicas grant within this time beyond the allowance. A caller who
# has used half of it is told of at once, with at least the gap in between.
TELL_EVERY_S, GAP_S = 0.25, 0.02
# A replica that starts or returns is noticed within this time, and one that is silent for a minute is forgotten.
HELLO_EVERY_S, FORGET_AFTER_S = 5.0, 60.0
# About 80 kB a message. More callers wait for the next one.
MOST_USES, MOST_MESSAGES = 2_000, 50
MOST_REPLICAS = 100


class Told(BaseModel):
    """A message. `uses`: amounts by the MAC of use and caller. `to`: the only replica concerned; empty for all."""

    sender: str = Field(max_length=36)
    to: str = Field(default="", max_length=36)
    uses: dict[Annotated[str, Field(max_length=64)], Annotated[int, Field(ge=0, le=10**9)]] = Field(
        default_factory=dict, max_length=MOST_USES
    )


class UseExchange:
    """Exchanges counts with the other replicas. The path of a request only counts in memory."""

    def __init__(self, broker: Client, counts: UseCounts) -> None:
        self.counts = counts
        self._broker = broker
        self._name = new_id()
        self._replicas: dict[str, float] = {}
        self._urgent = asyncio.Event()
        self._said_at = float("-inf")
        self._task: asyncio.Task[None] | None = None
        counts.on_urgent = self._urgent.set

    async def start(self) -> None:
        """Greet the others, who then tell what was used before, and go on in the background."""
        await self._broker.subscribe(USES, cb=self._hear)
        self._task = start_background(self._run(), "exchange of uses")

    async def close(self) -> None:
        """Stop telling."""
        await cancel_and_wait(self._task)

    @property
    def replicas(self) -> int:
        """The number of other replicas that are known."""
        return len(self._replicas)

    async def _run(self) -> None:
        while True:
            with suppress(BrokerError, OSError):
                await self._tell()
            with suppress(TimeoutError):
                async with asyncio.timeout(TELL_EVERY_S if self._replicas else HELLO_EVERY_S):
                    await self._urgent.wait()
            self._urgent.clear()
            await asyncio.sleep(GAP_S)

    async def _tell(self) -> None:
        if not self._broker.is_connected:
            return  # the client would keep the messages and send them later, when they are wrong
        now = monotonic()
        for name in [name for name, heard_at in self._replicas.items() if now - heard_at > FORGET_AFTER_S]:
            del self._replicas[name]
        if not self._replicas:
            self.counts.keep_to_itself()
        uses = self.counts.news(MOST_USES)
        if uses or now - self._said_at >= HELLO_EVERY_S:
            self._said_at = now
            await self._say(Told(sender=self._name, uses=uses))
        if len(uses) == MOST_USES:
            self._urgent.set()

    async def _hear(self, message: Msg) -> None:
        try:
            told = Told.model_validate_json(message.data)
        except ValidationError:
            logger.warning("a replica tells its uses in a form that this version does not know")
            return
        if told.sender == self._name:
            return
        is_new = told.sender not in self._replicas
        if len(self._replicas) < MOST_REPLICAS or not is_new:
            self._replicas[told.sender] = monotonic()
        if told.to in {"", self._name}:
            self.counts.take_in(told.uses)
        if is_new:
            await self._welcome(told.sender)

    async def _welcome(self, sender: str) -> None:
        """Tell a new replica what the others know, and all of them what nobody was told yet."""
        known = self.counts.told()
        self.counts.share()
        self._urgent.set()
        with suppress(BrokerError, OSError):
            for uses in islice(_parts(known), MOST_MESSAGES):
                await self._say(Told(sender=self._name, to=sender, uses=uses))

    async def _say(self, told: Told) -> None:
        await self._broker.publish(USES, told.model_dump_json().encode())


def _parts(uses: dict[str, int]) -> Iterator[dict[str, int]]:
    """Yield the uses in parts that fit a message; one empty part if there are none."""
    items = list(uses.items())
    for begin in range(0, max(1, len(items)), MOST_USES):
        yield dict(items[begin : begin + MOST_USES])
