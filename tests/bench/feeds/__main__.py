"""`python -m tests.bench.feeds`: measure the orders of the feed with made-up readers over real posts."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from services.gateway.imports.commands import content_of, slug_of
from services.gateway.imports.schemas import ImportRow
from shared.messaging.requests import Sort
from tests.bench.feeds.measures import DAY_S, PLACES, Measured, interval, measure
from tests.bench.feeds.post_vectors import vectors_of
from tests.bench.feeds.readers import KINDS, PostedTexts, Reader, make_readers
from tests.bench.feeds.simulated_site import SimulatedSite
from tests.bench.texts import POSTS, ROOT

Row = tuple[str, ...]

HEADS = ("posts: order", "NDCG@20 (95%)", "communities in 20", "younger than a day", "posts shown to anybody")
KEPT = ROOT / "build" / "feeds"
REPORT = ROOT / "docs" / "benchmarks.md"
ORDERS: tuple[Sort, ...] = ("for_you", "hot", "new")
SPANS = {"at once": 0.0, "a month": 30 * DAY_S, "a year": 365 * DAY_S}
NOW = 1_767_312_000.0  # any fixed moment


def main(
    posts: Annotated[Path, typer.Option(help="Posts, a JSON object a line: id, community, text, score.")] = POSTS,
    half: Annotated[
        str, typer.Option(help="`report`, or `tune`: other posts, communities, topics, readers.")
    ] = "report",
    readers: Annotated[int, typer.Option(help="Readers of each kind.", min=1)] = 40,
    most: Annotated[int, typer.Option(help="Read at most so many posts of the file.")] = 20_000,
    write: Annotated[bool, typer.Option("--write", help=f"Append the table to {REPORT.name}.")] = False,
) -> None:
    """Measure the first 20 posts of each order: NDCG, communities, the share that is new, the share of all posts shown.

    The posts were written at once (an import without dates), within a month (a busy site), or within a year.
    """
    if not posts.exists():
        typer.echo(f"Nothing is measured: there is no file {posts}. Name another one with --posts.")
        return
    part = ("report", "tune").index(half)
    rows = [row for row in read(posts, most) if in_half(row.id, part)]
    vectors = vectors_of([content_of(row).text for row in rows], KEPT)
    found: list[Row] = []
    for name, span in SPANS.items():
        posted = PostedTexts(
            np.array([slug_of(row.community or "") for row in rows]), [row.text for row in rows], times(len(rows), span)
        )
        made = make_readers(posted, readers, part)
        results = asyncio.run(measure_orders(posted, vectors, [row.score for row in rows], made))
        found += rows_of(name, results, len(rows))
    title = f"`python -m tests.bench.feeds`, half {half}: {len(rows):,} posts, {readers} readers of each kind."
    _show(title, found)
    if write:
        _write(title, found)


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
    posted: PostedTexts, vectors: NDArray[np.float32], scores: Sequence[int], readers: Sequence[Reader]
) -> dict[Sort, list[Measured]]:
    """Measure the first page of each reader in each order."""
    site = SimulatedSite(posted, vectors, scores, readers, now=NOW)
    return {
        order: [
            measure(reader, await site.first_page(reader, order, PLACES), posted, NOW)
            for reader in readers
        ]
        for order in ORDERS
    }  # fmt: skip


def rows_of(span: str, results: dict[Sort, list[Measured]], posts: int) -> list[Row]:
    """Return a row for each order, and one for each kind of reader in `for_you`."""
    groups = [(f"{span}: {order}", found) for order, found in results.items()]
    groups += [(f"{span}: for_you, {kind}", [one for one in results["for_you"] if one.kind == kind]) for kind in KINDS]
    return [_row(what, found, posts) for what, found in groups if found]


def _row(what: str, found: Sequence[Measured], posts: int) -> Row:
    mean, low, high = interval([one.ndcg for one in found])
    communities = [one.communities for one in found]
    covered = len({row for one in found for row in one.rows}) / posts
    return (
        what,
        f"{mean:.3f} ({low:.3f} to {high:.3f})",
        f"{np.mean(communities):.1f} (fewest {min(communities)})",
        f"{np.mean([one.new for one in found]):.0%}",
        f"{covered:.1%}",
    )


def _show(title: str, rows: Sequence[Row]) -> None:
    table = Table(*HEADS, title=title)
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, width=120).print(table)


def _write(title: str, rows: Sequence[Row]) -> None:
    text = "\n".join(f"| {' | '.join(cells)} |" for cells in (HEADS, ("---",) * len(HEADS), *rows))
    with REPORT.open("a", encoding="utf-8") as page:
        page.write(f"\n## {datetime.now(UTC):%Y-%m-%d}, orders of the feed\n\n{title}\n\n{text}\n")


if __name__ == "__main__":
    command = typer.Typer(pretty_exceptions_enable=False)
    command.command()(main)
    command()
