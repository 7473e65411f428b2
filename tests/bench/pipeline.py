"""Throughput of the whole pipeline, beside raw passes of the encoder over the same texts."""

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from nats.aio.client import Client
from nats.js.api import ConsumerConfig, DeliverPolicy

from deploy.installation.broker_connection import connect_as_operator
from deploy.installation.secret_files import SERVICES, open_secrets
from services.moderation.settings import Settings as ModerationSettings
from shared.log.events import EmbeddingStored, PostSubmitted
from tests.bench.processes import run_in_process
from tests.bench.table import Line, against
from tests.running_installation import RunningInstallation

AIM = 0.7
# Texts of one raw round, spread evenly over the posts of the round.
RAW_TEXTS = 1000
RAW = ("per_second", "cpu_ms", "cpu_ms_per_1000")


@dataclass(frozen=True)
class Round:
    """One import, and its texts read by the encoder alone: rates per second, and milliseconds of CPU per post.

    `raw_cpu_ms_per_1000`: milliseconds of CPU for 1,000 characters of text.
    """

    posts: int
    ottit: float
    cpu_ms: float
    raw: float
    raw_cpu_ms: float
    raw_cpu_ms_per_1000: float


def import_posts(installation: RunningInstallation, posts: Sequence[dict[str, Any]], *, with_raw: bool) -> Round:
    """Import posts, wait until they are indexed and ranked, and measure."""
    file = installation.data / "bench.jsonl"
    file.write_text("".join(json.dumps(post) + "\n" for post in posts))
    before = asyncio.run(_with_broker(installation, _last_sequence))
    cpu_before = _cpu_seconds(installation)
    done = installation.ottit("import", str(file))
    cpu_s = _cpu_seconds(installation) - cpu_before
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    stored, seconds = asyncio.run(_with_broker(installation, lambda broker: _from_first_to_last(broker, before)))
    raw = _raw(file, len(posts)) if with_raw else dict.fromkeys(RAW, 0.0)
    return Round(len(posts), stored / seconds, 1000 * cpu_s / stored, *(raw[name] for name in RAW))


def lines(rounds: Sequence[Round]) -> list[Line]:
    """Return the medians of all rounds. CPU time stays comparable on a busy machine."""
    ottit, raw = median(one.ottit for one in rounds), median(one.raw for one in rounds)
    cpu, raw_cpu = median(one.cpu_ms for one in rounds), median(one.raw_cpu_ms for one in rounds)
    through = Line(
        f"posts/s through the whole pipeline (import of {sum(one.posts for one in rounds):,} until indexed and ranked)",
        f"{ottit:.0f}/s",
        f"{raw:.0f} texts/s by the encoder alone, {_threads()} threads",
        against(median(one.ottit / one.raw for one in rounds), 1, AIM),
    )
    work = Line(
        "CPU time of one post, all processes and the import together",
        f"{cpu:.1f} ms",
        f"{raw_cpu:.1f} ms of the encoder",
        f"{raw_cpu / cpu:.0%} of it is the encoder's",
    )
    reading = Line(
        "CPU time of the encoder for 1,000 characters",
        f"{median(one.raw_cpu_ms_per_1000 for one in rounds):.0f} ms",
        "windows of 200 letters",
        "",
    )
    return [through, work, reading]


def _cpu_seconds(installation: RunningInstallation) -> float:
    """Return the CPU seconds of the installation's processes and of ended commands."""
    stats = [
        Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split() for process in installation.state.parts
    ]
    ticks = sum(int(fields[11]) + int(fields[12]) for fields in stats)
    ended = os.times()
    return ticks / os.sysconf("SC_CLK_TCK") + ended.children_user + ended.children_system


def _raw(file: Path, count: int) -> dict[str, float]:
    every = max(1, count // RAW_TEXTS)
    return run_in_process("tests.bench.encoder_passes", str(file), str(every), str(_threads()))


def _threads() -> int:
    return ModerationSettings().encoder_threads


async def _last_sequence(broker: Client) -> int:
    return (await broker.jetstream().stream_info("EVENTS")).state.last_seq


async def _from_first_to_last(broker: Client, after: int) -> tuple[int, float]:
    """Return the number of submitted posts, and the seconds from the first to the last vector, by the log's clock."""
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


async def _with_broker(installation: RunningInstallation, work: Any) -> Any:
    secrets = open_secrets(installation.data, SERVICES)
    broker = await connect_as_operator(installation.state.broker_url, secrets)
    try:
        return await work(broker)
    finally:
        await broker.close()
