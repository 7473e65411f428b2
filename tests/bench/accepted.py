"""Accepted posts beside raw acknowledged publishes, with only the gateway and the broker on the cores."""

import asyncio
import itertools
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

import orjson
import uvloop
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, DeliverPolicy

from deploy.installation.secret_files import Secrets
from deploy.installation.settings import ROOT, LauncherSettings
from deploy.local.process_specs import service_process
from services.gateway.communities.commands import CommunityCommands
from shared.ids import new_id
from shared.log.append import EXPECTED, EXPECTED_PATTERN, Log
from shared.log.streams import MINUTE, stream
from shared.testing import MASTER_KEY, TestBroker, free_port, running_broker
from tests.bench.http import Load, Work, drive
from tests.bench.people import Member, sign_up
from tests.bench.table import Line, against
from tests.bench.texts import rows

IN_FLIGHT = 32
AIM = 0.6
COMMUNITY = "bench"


def measure(rounds: int, posts: int) -> list[Line]:
    """Alternate rounds of submitted posts and raw publishes of the same messages and headers."""
    with TemporaryDirectory() as folder, running_broker(Path(folder)) as broker, _gateway(broker) as url:
        return uvloop.run(_measure(broker, url, rounds, posts))


async def _measure(broker: TestBroker, url: str, rounds: int, posts: int) -> list[Line]:
    operator = await broker.connect()
    await CommunityCommands(Log(operator)).create(COMMUNITY, "Bench", "", "bench")
    member = await asyncio.to_thread(sign_up, url, "bench-writer")
    await operator.jetstream()._api_request("$JS.API.STREAM.CREATE.BENCH", orjson.dumps(_raw_stream()))
    texts = itertools.cycle([str(row["text"]) for row in rows(5000)])
    ottit, raw = list[Load](), list[Load]()
    for number in range(rounds + 1):
        load = await _submit(member, list(itertools.islice(texts, posts)))
        limit = await _publish(operator, await _newest(operator, posts))
        if number:  # the first round warms up
            ottit.append(load)
            raw.append(limit)
    await operator.close()
    rate, limit_rate = median(one.per_second for one in ottit), median(one.per_second for one in raw)
    return [
        Line(
            f"accepted posts/s, {IN_FLIGHT} in flight; gateway and broker only",
            f"{rate:,.0f}/s",
            f"{limit_rate:,.0f} acknowledged publishes/s",
            against(rate, limit_rate, AIM),
        ),
        Line(
            "accepting one post, p50 and p99",
            f"{median(one.ms(50) for one in ottit):.1f} and {median(one.ms(99) for one in ottit):.1f} ms",
            f"{median(one.ms(50) for one in raw):.1f} and {median(one.ms(99) for one in raw):.1f} ms",
        ),
    ]


async def _submit(member: Member, texts: Sequence[str]) -> Load:
    work: Work = (
        ("POST", "/v1/posts", {"id": new_id(), "community": COMMUNITY, "title": "", "body": text}) for text in texts
    )
    return await drive(member.port, member.headers, work, IN_FLIGHT, 202)


async def _publish(broker: Client, messages: list[Msg]) -> Load:
    """Measure the limit: publish the gateway's messages again, to a stream with the same settings."""
    durations: list[float] = []
    stream, waiting = broker.jetstream(timeout=30), iter(messages)

    async def worker() -> None:
        for message in waiting:
            entity = message.subject.rsplit(".", 1)[1]
            headers = {"Nats-Msg-Id": new_id(), EXPECTED: "0", EXPECTED_PATTERN: f"bench.post.*.{entity}"}
            began = time.perf_counter()
            await stream.publish(f"bench.post.submitted.{entity}", message.data, stream="BENCH", headers=headers)
            durations.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    return Load(durations, time.perf_counter() - began)


async def _newest(broker: Client, count: int) -> list[Msg]:
    last = (await broker.jetstream().stream_info("EVENTS")).state.last_seq
    config = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=last - count + 1)
    follow = await broker.jetstream().subscribe("", stream="EVENTS", ordered_consumer=True, config=config)
    messages = [await follow.next_msg(timeout=10) for _ in range(count)]
    await follow.unsubscribe()
    return messages


def _raw_stream() -> dict[str, object]:
    return stream("BENCH", "bench.>", deny_purge=True, deny_delete=True, duplicate_window=10 * MINUTE)


@contextmanager
def _gateway(broker: TestBroker) -> Iterator[str]:
    """Run the gateway on this broker, started as by the launcher."""
    settings = LauncherSettings(data_dir=broker.folder / "data", port=free_port(), broker_port=broker.port)
    spec = service_process("gateway", settings, Secrets(MASTER_KEY, dict(broker.passwords)))
    more = {"OTTIT_RATE_SCALE": "1000000", "OTTIT_LOG_LEVEL": "WARNING"}
    process = subprocess.Popen(spec.command, cwd=ROOT, env={**spec.environment, **more})
    try:
        _wait_until_up(f"{settings.url}/healthz")
        yield settings.url
    finally:
        process.terminate()
        process.wait()


def _wait_until_up(url: str) -> None:
    for _ in range(300):
        try:
            with urlopen(url):
                return
        except URLError:
            time.sleep(0.1)
    raise TimeoutError(url)
