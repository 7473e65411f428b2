"""Time from the submission to the decision on the author's stream, at a steady rate, with all services running."""

import asyncio
import itertools
from time import perf_counter

import orjson
import uvloop

from shared.ids import new_id
from tests.bench.http import Connection, Load, connected
from tests.bench.people import Member, sign_up
from tests.bench.table import Line, at_most
from tests.bench.texts import rows
from tests.running_installation import RunningInstallation

PER_SECOND = 20
AIM_MS = 200.0
# Open loop: posts are sent on schedule, however many are still waiting.
CONNECTIONS = 16
TIMEOUT_S = 30.0


def measure(installation: RunningInstallation, seconds: int, community: str) -> list[Line]:
    """Measure latencies from the time at which each post was due."""
    member = sign_up(installation.url, "bench-author")
    load = uvloop.run(_measure(member, seconds, community))
    p50, p95 = load.ms(50), load.ms(95)
    what = f"submit → decision on the SSE stream at {PER_SECOND} posts/s for {seconds} s, p50 and p95"
    return [Line(what, f"{p50:.0f} and {p95:.0f} ms", "", at_most(p95, AIM_MS, "ms at p95"))]


async def _measure(member: Member, seconds: int, community: str) -> Load:
    due: dict[str, float] = {}
    durations: list[float] = []
    count = PER_SECOND * seconds
    listening = asyncio.create_task(_listen(member, due, durations, count))
    await asyncio.sleep(1)  # the stream is open before the first post
    free: asyncio.Queue[Connection] = asyncio.Queue()
    began = perf_counter()
    async with asyncio.TaskGroup() as posts:
        for _ in range(CONNECTIONS):
            connection = Connection(member.port, member.headers)
            await connection.open()
            free.put_nowait(connection)
        texts = itertools.islice(itertools.cycle([str(row["text"]) for row in rows(count)]), count)
        for number, text in enumerate(texts):
            at = began + number / PER_SECOND
            await asyncio.sleep(max(0.0, at - perf_counter()))
            post_id = new_id()
            due[post_id] = at
            posts.create_task(_submit(free, {"id": post_id, "community": community, "title": "", "body": text}))
    async with asyncio.timeout(TIMEOUT_S):
        await listening
    return Load(durations, perf_counter() - began)


async def _submit(free: asyncio.Queue[Connection], post: dict[str, str]) -> None:
    connection = await free.get()
    answer = await connection.call("POST", "/v1/posts", post)
    if answer.status != 202:
        raise RuntimeError(f"{answer.status} {answer.body[:200]!r}")
    free.put_nowait(connection)


async def _listen(member: Member, due: dict[str, float], durations: list[float], count: int) -> None:
    async with connected(member.port, member.headers) as connection:
        kind = b""
        async for line in connection.lines("/v1/stream"):
            if line.startswith(b"event: "):
                kind = line
            elif line.startswith(b"data: ") and kind == b"event: decision":
                durations.append(perf_counter() - due[orjson.loads(line[6:])["post_id"]])
                if len(durations) == count:
                    return
