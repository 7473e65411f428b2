"""Posts through the whole pipeline, beside raw passes of the encoder over the same texts."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from nats.aio.client import Client
from nats.js.api import ConsumerConfig, DeliverPolicy

from deploy.local.plan import SERVICES
from deploy.local.provisioning import connect_as_operator
from deploy.local.secret_files import open_secrets
from deploy.local.testing import RunningHouse
from services.moderation.settings import Settings as ModerationSettings
from shared.events import EmbeddingStored, PostSubmitted
from tests.bench.processes import run_beside
from tests.bench.table import Line, against

AIM = 0.7
# Texts of one raw round: evenly from all of the round's posts.
RAW_TEXTS = 2000


@dataclass(frozen=True)
class Round:
    """One import and, after it, raw passes over its texts: both per second."""

    posts: int
    ours: float
    raw: float


def bring_in(house: RunningHouse, posts: Sequence[dict[str, Any]], *, with_raw: bool) -> Round:
    """Import posts and wait until they are indexed and ranked."""
    file = house.data / "bench.jsonl"
    file.write_text("".join(json.dumps(post) + "\n" for post in posts))
    before = asyncio.run(_with_broker(house, _last_sequence))
    done = house.ottit("import", str(file))
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    stored, seconds = asyncio.run(_with_broker(house, lambda broker: _from_first_to_last(broker, before)))
    raw = _raw(file, len(posts)) if with_raw else 0.0
    return Round(len(posts), stored / seconds, raw)


def line(rounds: Sequence[Round]) -> Line:
    """The medians of all rounds."""
    ours, raw = median(one.ours for one in rounds), median(one.raw for one in rounds)
    return Line(
        f"posts/s through the whole pipeline (import of {sum(one.posts for one in rounds):,} until indexed and ranked)",
        f"{ours:.0f}/s",
        f"{raw:.0f} encoder passes/s alone, same texts, {_threads()} threads",
        against(median(one.ours / one.raw for one in rounds), 1, AIM),
    )


def _raw(file: Path, count: int) -> float:
    every = max(1, count // RAW_TEXTS)
    return float(run_beside("tests.bench.encoder_passes", str(file), str(every), str(_threads()))["per_second"])


def _threads() -> int:
    return ModerationSettings().encoder_threads


async def _last_sequence(broker: Client) -> int:
    return (await broker.jetstream().stream_info("EVENTS")).state.last_seq


async def _from_first_to_last(broker: Client, after: int) -> tuple[int, float]:
    """How many posts were submitted, and the seconds from the first of them to the last vector, by the log's clock."""
    last = await _last_sequence(broker)
    config = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=after + 1)
    follow = await broker.jetstream().subscribe("", stream="EVENTS", ordered_consumer=True, config=config)
    submitted: list[datetime] = []
    stored: list[datetime] = []
    sequence = after
    while sequence < last:
        message = await follow.next_msg(timeout=10)
        sequence = message.metadata.sequence.stream
        for fact, times in ((PostSubmitted, submitted), (EmbeddingStored, stored)):
            if message.subject.startswith(fact.subject("").rstrip(".")):
                times.append(message.metadata.timestamp)
    await follow.unsubscribe()
    return len(submitted), (stored[-1] - submitted[0]).total_seconds()


async def _with_broker(house: RunningHouse, work: Any) -> Any:
    secrets = open_secrets(house.data, SERVICES)
    broker = await connect_as_operator(house.state.broker_url, secrets)
    try:
        return await work(broker)
    finally:
        await broker.close()
