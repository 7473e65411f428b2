"""Search quality: NDCG@10 by words, by meaning and fused, on posts whose queries have a known answer."""

import asyncio
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from uuid import NAMESPACE_URL, uuid5

import numpy as np
from numpy.typing import NDArray

from services.embeddings.adapters import EdgeIndex
from services.embeddings.domain import Hit, PostPoint, SearchFilter, Vector
from shared.model.encoder import Encoder
from tests.bench.search_queries import Judged, judged_posts, read_texts
from tests.bench.table import Line

DEPTH = 10
RESAMPLES = 2_000
BATCH = 64
# One post in six has a query; the other posts are there to be confused with it.
QUERIES = 1 / 6
Scores = dict[str, NDArray[np.float64]]


def measure(file: Path, count: int) -> list[Line]:
    """Measure the search over up to `count` posts of a JSONL file; without the file, say so."""
    if not file.exists():
        return [Line("search quality", f"skipped: {file.name} is not here; give posts of your own with --file")]
    texts = read_texts(file)
    posts = judged_posts(texts, int(QUERIES * min(count, len(texts))))[:count]
    # The weights of the fusion were chosen on the other half of the queries.
    asked = [post for post in posts if post.query and not post.tuned]
    if not asked:
        return [Line("search quality", "skipped: too few posts begin with a sentence that more text follows")]
    with TemporaryDirectory() as folder:
        scores, times = asyncio.run(_measured(Path(folder) / "posts-bench", posts, asked))
    kinds = np.array([post.kind for post in asked])
    lines = [_quality(name, kinds, scores) for name in ("words", "meaning", "fused")]
    took = " · ".join(f"{name} {np.median(times[name]):.1f}" for name in scores)
    return [*lines, Line(f"search in the index of {len(posts)} posts, median ms", took)]


async def _measured(folder: Path, posts: list[Judged], asked: list[Judged]) -> tuple[Scores, Scores]:
    encoder, index, everything = Encoder.for_vectors(), EdgeIndex(folder), SearchFilter()
    await index.prepare()
    try:
        for at in range(0, len(posts), BATCH):
            part = posts[at : at + BATCH]
            vectors = encoder.encode([post.text for post in part])
            await index.upsert([_point(post, vector) for post, vector in zip(part, vectors, strict=True)])
        await index.optimize()
        scores: dict[str, list[float]] = {"words": [], "meaning": [], "fused": []}
        times: dict[str, list[float]] = {name: [] for name in scores}
        for post in asked:
            vector = encoder.encode([post.query])[0]
            searches = {
                "words": index.search(None, post.query, everything, DEPTH),
                "meaning": index.nearest(vector, DEPTH, everything),
                "fused": index.search(vector, post.query, everything, DEPTH),
            }
            for name, search in searches.items():
                began = perf_counter()
                hits = await search
                times[name].append(1000 * (perf_counter() - began))
                scores[name].append(_ndcg(hits, _id(post)))
        return {name: np.array(of) for name, of in scores.items()}, {name: np.array(of) for name, of in times.items()}
    finally:
        await index.close()


def _quality(name: str, kinds: NDArray[np.str_], scores: Scores) -> Line:
    of = scores[name]
    by_kind = " · ".join(f"{kind} {of[kinds == kind].mean():.3f}" for kind in ("title", "paraphrase"))
    if name != "fused":
        return Line(f"search by {name}, NDCG@10 of {len(of)} queries", f"{_interval(of)}; {by_kind}")
    better = max(("words", "meaning"), key=lambda other: scores[other].mean())
    gain = _interval(of - scores[better], signed=True)
    reached = "reached" if of.mean() >= scores[better].mean() else "missed"
    raw = f"{better} {scores[better].mean():.3f}"
    return Line("search fused, NDCG@10", f"{_interval(of)}; {by_kind}", raw, f"{gain} (target ≥ 0, {reached})")


def _interval(values: NDArray[np.float64], *, signed: bool = False) -> str:
    """Return the mean with the 95% interval of a bootstrap over the queries."""
    chance = np.random.default_rng(7)
    means = values[chance.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    sign = "+" if signed else ""
    return f"{values.mean():{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"


def _ndcg(hits: Sequence[Hit], wanted: str) -> float:
    """Return NDCG@10 of results with a single right one. Järvelin and Kekäläinen, TOIS 2002."""
    ranks = [rank for rank, hit in enumerate(hits[:DEPTH], 1) if hit.post_id == wanted]
    return 1 / math.log2(1 + ranks[0]) if ranks else 0.0


def _id(post: Judged) -> str:
    return str(uuid5(NAMESPACE_URL, post.post_id))


def _point(post: Judged, vector: Vector) -> PostPoint:
    return PostPoint(
        post_id=_id(post),
        revision=1,
        source_seq=1,
        vector=vector,
        title="",
        body=post.text,
        community="bench",
        author_id=_id(post),
        kind="post",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
