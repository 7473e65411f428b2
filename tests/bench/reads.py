"""Feed and search with concurrent readers."""

import random
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import uvloop

from tests.bench.http import Work, drive
from tests.bench.people import Member
from tests.bench.table import Line, at_most

IN_FLIGHT = 8
AIM_FEED_MS, AIM_SEARCH_MS = 25.0, 60.0
WORD = re.compile(r"[A-Za-z]{4,}")
# The targets hold for a full installation, not for an almost empty one.
AIM_FROM = 20_000


def measure(member: Member, posts: Sequence[dict[str, Any]], requests: int) -> list[Line]:
    """Measure two feeds and the search."""
    chance = random.Random(2)
    feeds = {"feed hot": "/v1/feed?sort=hot", "feed for_you, signed in": "/v1/feed?sort=for_you"}
    lines = [_line(name, member, [path] * requests, len(posts), AIM_FEED_MS) for name, path in feeds.items()]
    queries = [f"/v1/search?q={quote(_query(chance, posts))}" for _ in range(requests)]
    return [*lines, _line("search, varied queries", member, queries, len(posts), AIM_SEARCH_MS)]


def _line(name: str, member: Member, paths: list[str], posts: int, aim: float) -> Line:
    warm: Work = iter([("GET", path, None) for path in paths[:20]])
    uvloop.run(drive(member.port, member.headers, warm, IN_FLIGHT, 200))
    work: Work = iter([("GET", path, None) for path in paths[20:]])
    load = uvloop.run(drive(member.port, member.headers, work, IN_FLIGHT, 200))
    return Line(
        f"{name}: requests/s and p99 at {posts:,} posts, {IN_FLIGHT} in flight",
        f"{load.per_second:,.0f}/s and {load.ms(99):.0f} ms (p50 {load.ms(50):.1f})",
        "",
        at_most(load.ms(99), aim, "ms at p99") if posts >= AIM_FROM else "",
    )


def _query(chance: random.Random, posts: Sequence[dict[str, Any]]) -> str:
    while True:
        words = WORD.findall(str(chance.choice(posts)["text"]))
        if len(words) >= 3:
            return " ".join(chance.sample(words, chance.randint(1, 3)))
