"""`python -m tests.bench.feeds`: measure the orders of the feed with made-up readers over real posts."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from pydantic import ValidationError
from rich.console import Console

from services.gateway.imports.commands import content_of, slug_of
from services.gateway.imports.schemas import ImportRow
from shared.messaging.requests import Sort
from tests.bench.feeds.measures import DAY_S, PLACES, Measured, interval, measure
from tests.bench.feeds.post_vectors import vectors_of
from tests.bench.feeds.readers import KINDS, Library, Reader, make_readers
from tests.bench.feeds.world import World
from tests.bench.table import Line, Table
from tests.bench.texts import POSTS

KEPT = Path(__file__).parents[3] / "build" / "feeds"
ORDERS: tuple[Sort, ...] = ("for_you", "hot", "new")
# When the posts were written: an import without dates (all at once), a busy site, a quiet one.
SPANS = {"undated": 0.0, "month": 30 * DAY_S, "year": 365 * DAY_S}
NOW = 1_767_312_000.0  # any fixed moment


def main(
    posts: Annotated[Path, typer.Option(help="Posts, a JSON object a line: id, community, text, score.")] = POSTS,
    half: Annotated[
        str, typer.Option(help="`report`, or `tune`: other posts, communities, topics, readers.")
    ] = "report",
    readers: Annotated[int, typer.Option(help="Readers of each kind.", min=1)] = 40,
    most: Annotated[int, typer.Option(help="Read at most so many posts of the file.")] = 20_000,
) -> None:
    """Print NDCG@20, communities in 20, the share of new posts and the coverage of each order, with 95% intervals."""
    console = Console(highlight=False)
    if not posts.exists():
        console.print(f"Nothing is measured: there is no file {posts}. Name another one with --posts.")
        return
    part = ("report", "tune").index(half)
    rows = [row for row in read(posts, most) if in_half(row.id, part)]
    vectors = vectors_of([content_of(row).text for row in rows], KEPT)
    table = Table(console)
    for name, span in SPANS.items():
        library = Library(
            np.array([slug_of(row.community or "") for row in rows]), [row.text for row in rows], times(len(rows), span)
        )
        made = make_readers(library, readers, part)
        results = asyncio.run(measure_orders(library, vectors, [row.score for row in rows], made))
        for line in lines(name, results, len(rows)):
            table.add(line)
    table.show(f"{half} half of {posts.name}: {len(rows)} posts, {readers} readers of each of {len(KINDS)} kinds")


def read(posts: Path, most: int) -> list[ImportRow]:
    """Read posts in the order of their ids, which is the order of writing: an id counts posts in base 36."""
    text = (gzip.decompress(posts.read_bytes()) if posts.suffix == ".gz" else posts.read_bytes()).decode()
    raw: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines() if line.strip()]
    rows: list[ImportRow] = []
    for row in raw:
        with suppress(ValidationError):  # an import refuses it, too
            rows.append(ImportRow.model_validate(row))
    rows = [row for row in rows if row.community and row.parent_id is None]
    return sorted(rows, key=lambda row: (len(row.id), row.id))[:most]


def in_half(post_id: str, half: int) -> bool:
    """Return whether a post belongs to a half, drawn by a hash of its id."""
    return hashlib.sha256(post_id.encode()).digest()[0] % 2 == half


def times(count: int, span_s: float) -> NDArray[np.float64]:
    """Return times of posting, evenly spread over a span that ends now."""
    return NOW - span_s * (1.0 - np.arange(1, count + 1) / count)


async def measure_orders(
    library: Library, vectors: NDArray[np.float32], scores: Sequence[int], readers: Sequence[Reader]
) -> dict[Sort, list[Measured]]:
    """Measure the first page of each reader in each order."""
    world = World(library, vectors, scores, readers, now=NOW)
    return {
        order: [
            measure(reader, await world.first_page(reader, order, PLACES), library, NOW)
            for reader in readers
        ]
        for order in ORDERS
    }  # fmt: skip


def lines(span: str, results: dict[Sort, list[Measured]], posts: int) -> list[Line]:
    """Return a line for each order, and one for each kind of reader in `for_you`."""
    made = [_line(f"{span}, {order}", found, posts) for order, found in results.items()]
    for kind in KINDS:
        made.append(_line(f"{span}, for_you, {kind}", [one for one in results["for_you"] if one.kind == kind], posts))
    return made


def _line(what: str, found: Sequence[Measured], posts: int) -> Line:
    mean, low, high = interval([one.ndcg for one in found])
    varied, _, _ = interval([float(one.communities) for one in found])
    new = np.mean([one.new for one in found])
    covered = len({row for one in found for row in one.rows}) / posts
    spread = f"{varied:.1f} communities in 20 (fewest {min(one.communities for one in found)})"
    return Line(what, f"NDCG@20 {mean:.3f} ({low:.3f}-{high:.3f})", spread, f"{new:.0%} new, {covered:.1%} covered")


if __name__ == "__main__":
    command = typer.Typer(pretty_exceptions_enable=False)
    command.command()(main)
    command()
