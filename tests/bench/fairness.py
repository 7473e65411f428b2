"""Time from submission to decision of short posts, quiet and while another account floods with long ones."""

import asyncio
import random
import statistics
import string
from dataclasses import dataclass
from time import perf_counter

import httpx

from shared.ids import new_id
from tests.bench.people import Member, sign_up
from tests.bench.table import Line, at_most
from tests.running_installation import RunningInstallation

AIM = 3.0
LENGTH, FLOOD = 40_000, 20
EVERY_S, POLL_S, TIMEOUT_S = 0.4, 0.01, 300.0
WORDS = ("tomatoes", "basil", "compost", "rain", "seedlings", "ladder", "teapot", "harbour", "violin", "bicycle")


@dataclass(frozen=True)
class Author:
    """A member's HTTP client, and the community that they write to."""

    http: httpx.AsyncClient
    community: str
    seed: random.Random

    async def submit(self, body: str) -> str:
        """Submit a post and return its id."""
        post_id = new_id()
        post = {"id": post_id, "community": self.community, "title": f"About {post_id[-6:]}", "body": body}
        (await self.http.post("/v1/posts", json=post)).raise_for_status()
        return post_id

    async def decided(self, post_id: str) -> bool:
        """Return whether a post is decided."""
        answer = await self.http.get(f"/v1/posts/{post_id}")
        return answer.status_code == 200 and answer.json()["state"] != "pending"

    async def wait_for(self, post_id: str) -> None:
        """Wait for the decision on a post."""
        async with asyncio.timeout(TIMEOUT_S):
            while not await self.decided(post_id):  # noqa: ASYNC110  # the answer is the state on the server
                await asyncio.sleep(POLL_S)

    async def time_one(self) -> float:
        """Return the milliseconds from a short post's submission to its decision."""
        body = " ".join(self.seed.choices(WORDS, k=8))
        started = perf_counter()
        await self.wait_for(await self.submit(body))
        return 1000 * (perf_counter() - started)


def measure(installation: RunningInstallation, community: str, rounds: int) -> list[Line]:
    """Measure a person's median while quiet, and during floods of two kinds of text by one other account."""
    return asyncio.run(_measure(installation, community, rounds))


async def _measure(installation: RunningInstallation, community: str, rounds: int) -> list[Line]:
    quiet_author = _author(sign_up(installation.url, "bench-quiet"), community)
    flooding = _author(sign_up(installation.url, "bench-flood"), community)
    await quiet_author.time_one()  # the first one loads what is loaded late
    lines = []
    for name, alphabet in (("random characters", string.ascii_letters + string.digits + " "), ("U+FDFA", "\ufdfa")):
        quiet = [await quiet_author.time_one() for _ in range(rounds)]
        flood = [await flooding.submit("".join(flooding.seed.choices(alphabet, k=LENGTH))) for _ in range(FLOOD)]
        started, meanwhile = perf_counter(), []
        while not all([await flooding.decided(post_id) for post_id in flood]):
            meanwhile.append(await quiet_author.time_one())
            await asyncio.sleep(EVERY_S)
        lines.append(_line(name, quiet, meanwhile, perf_counter() - started))
    await quiet_author.http.aclose()
    await flooding.http.aclose()
    return lines


def _author(member: Member, community: str) -> Author:
    http = httpx.AsyncClient(base_url=member.url, headers=member.headers, timeout=30, trust_env=False)
    return Author(http, community, random.Random(7))


def _line(name: str, quiet: list[float], meanwhile: list[float], seconds: float) -> Line:
    before, during = statistics.median(quiet), statistics.median(meanwhile)
    what = f"submit → decision while another account's {FLOOD} posts of {LENGTH:,} {name} are decided ({seconds:.0f} s)"
    return Line(
        what,
        f"{during:.0f} ms (longest {max(meanwhile):.0f})",
        f"{before:.0f} ms quiet",
        f"{during / before:.1f} times; {at_most(during / before, AIM, 'times')}",
    )
