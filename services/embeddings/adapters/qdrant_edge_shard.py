"""The Qdrant Edge shard of a folder, declared like the collection of a Qdrant server."""

import fcntl
import shutil
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

import qdrant_edge as edge

from services.embeddings.adapters.point_layout import (
    DENSE,
    KEYWORD_FIELDS,
    NUMBER_FIELDS,
    SCROLL_PAGE,
    SPARSE,
    TEXT_FIELDS,
)
from shared.model.pinned_files import DIMENSIONS
from shared.storage.seal import remove_seal

# Optimizing builds a graph for segments with at least this many KB of vectors: 20,000 posts as float16. Below,
# comparing with every vector is exact and takes 1 ms; at 20,000 the graph saves a third of a search and takes 5 s.
GRAPH_FROM_KB = 15_000
LOCK = "in-use"
# Searches come one at a time from one thread, where a pool costs more than it saves (2.4 against 2.1 ms at 20,000).
SEARCH_THREADS = 1


def configuration() -> edge.EdgeConfig:
    """Return the shard's configuration.

    Vectors have half precision: compared with single precision they take half the memory and two thirds of the time,
    and a cosine is off by 1e-4. There is no write-ahead log: nothing is acknowledged before a flush, and after
    a crash lost facts are read from the log again. It would write every post twice and keep up to 96 MB in memory.
    """
    half = edge.VectorStorageDatatype.Float16
    return edge.EdgeConfig(
        vectors={DENSE: edge.EdgeVectorParams(DIMENSIONS, edge.Distance.Cosine, datatype=half)},
        sparse_vectors={SPARSE: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
        optimizers=edge.EdgeOptimizersConfig(indexing_threshold=GRAPH_FROM_KB),
        max_search_threads=SEARCH_THREADS,
        wal_enabled=False,
    )


def lock_folder(folder: Path) -> TextIOWrapper:
    """Lock the folder for this process until the returned file is closed. Edge itself only locks its write-ahead log.

    Raises:
        BlockingIOError: another process has locked the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / LOCK).is_dir():
        shutil.rmtree(folder / LOCK)
    lock = (folder / LOCK).open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise
    return lock


def open_shard(folder: Path) -> edge.EdgeShard:
    """Open or create the shard of a locked folder and create missing payload indexes."""
    if (folder / "edge_config.json").exists():
        shard = edge.EdgeShard.load(str(folder), configuration())
    else:
        shard = edge.EdgeShard.create(str(folder), configuration())
    existing = shard.info().payload_schema
    for field, schema in payload_indexes().items():
        if field not in existing:
            shard.update(edge.UpdateOperation.create_field_index(field, schema))
            shard.flush()
    return shard


def scroll(shard: edge.EdgeShard, within: edge.Filter, *, with_all: bool = True) -> Iterator[edge.Record]:
    """Yield the points that pass the filter, with payload and embedding, or without both."""
    offset: edge.PointId | None = None
    while True:
        request = edge.ScrollRequest(offset, SCROLL_PAGE, within, with_all, [DENSE] if with_all else False)
        records, offset = shard.scroll(request)
        yield from records
        if offset is None:
            return


def replace_shard(folder: Path, replacement: Path | None) -> None:
    """Delete a closed shard and move another closed one to its path.

    After a crash in between, the folder is missing and the index is built again.
    """
    shutil.rmtree(folder)
    if replacement:
        replacement.rename(folder)


def delete_other_indexes(folder: Path, family: str) -> None:
    """Delete the indexes beside a folder whose names begin with `family`: no erasure reaches them any more."""
    for other in folder.parent.glob(f"{family}*"):
        if other.is_dir() and other != folder:
            shutil.rmtree(other)
            remove_seal(other)


def payload_indexes() -> dict[str, edge.PayloadSchemaType | edge.TextIndexParams]:
    """Return the indexes of the payload fields that filters use."""
    text = edge.TextIndexParams(edge.TokenizerType.Word, lowercase=True, phrase_matching=True)
    kinds = edge.PayloadSchemaType
    indexes: dict[str, edge.PayloadSchemaType | edge.TextIndexParams] = dict.fromkeys(KEYWORD_FIELDS, kinds.Keyword)
    indexes |= dict.fromkeys(NUMBER_FIELDS, kinds.Float)
    return indexes | dict.fromkeys(TEXT_FIELDS, text)
