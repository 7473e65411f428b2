"""The shard of a folder: declared like the collection of a Qdrant server."""

import fcntl
import shutil
from io import TextIOWrapper
from pathlib import Path

import qdrant_edge as edge

from services.embeddings.adapters.layout import KEYWORD_FIELDS, MEANING, NUMBER_FIELDS, TEXT_FIELDS, WORDS
from shared.model.pins import DIMENSIONS

# KB of vectors in one segment from which optimizing builds a graph: 20,000 posts as float16. Below, comparing with
# every vector is exact and takes 1 ms; at 20,000 the graph saves a third of a search and costs 5 s when it is built.
GRAPH_FROM_KB = 15_000
# Searches come one at a time from one thread, and a pool costs more than it brings (2.4 against 2.1 ms at 20,000).
SEARCH_THREADS = 1


def configuration() -> edge.EdgeConfig:
    """Half-precision vectors: a third faster to compare than single precision, half the size, cosine off by 1e-4.

    No write-ahead log: nothing is acknowledged before a flush, and what a crash takes comes again from the log of
    facts. It would write every post twice and keep up to 96 MB of its own in memory.
    """
    half = edge.VectorStorageDatatype.Float16
    return edge.EdgeConfig(
        vectors={MEANING: edge.EdgeVectorParams(DIMENSIONS, edge.Distance.Cosine, datatype=half)},
        sparse_vectors={WORDS: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
        optimizers=edge.EdgeOptimizersConfig(indexing_threshold=GRAPH_FROM_KB),
        max_search_threads=SEARCH_THREADS,
        wal_enabled=False,
    )


def claim(folder: Path) -> TextIOWrapper:
    """Take the folder for this process until what is returned is closed: Edge itself locks its write-ahead log only.

    Raises:
        BlockingIOError: another process has the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    held = (folder / "in-use").open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise
    return held


def open_shard(folder: Path) -> edge.EdgeShard:
    """The shard of a claimed folder, made where there is none; payload indexes that are missing are made."""
    if (folder / "edge_config.json").exists():
        shard = edge.EdgeShard.load(str(folder), configuration())
    else:
        shard = edge.EdgeShard.create(str(folder), configuration())
    there = shard.info().payload_schema
    for field, schema in indexes().items():
        if field not in there:
            shard.update(edge.UpdateOperation.create_field_index(field, schema))
            shard.flush()
    return shard


def replace_shard(folder: Path, built: Path | None) -> None:
    """Delete a closed shard and put another closed one in its place; after a crash in between it is built anew."""
    shutil.rmtree(folder)
    if built:
        built.rename(folder)


def indexes() -> dict[str, edge.PayloadSchemaType | edge.TextIndexParams]:
    """The payload fields that filters use."""
    text = edge.TextIndexParams(edge.TokenizerType.Word, lowercase=True, phrase_matching=True)
    kinds = edge.PayloadSchemaType
    found: dict[str, edge.PayloadSchemaType | edge.TextIndexParams] = dict.fromkeys(KEYWORD_FIELDS, kinds.Keyword)
    found |= dict.fromkeys(NUMBER_FIELDS, kinds.Float)
    return found | dict.fromkeys(TEXT_FIELDS, text)
