"""Declares the collection of a Qdrant server and its payload indexes."""

from qdrant_client import AsyncQdrantClient, models

from services.embeddings.adapters.point_layout import DENSE, KEYWORD_FIELDS, NUMBER_FIELDS, SPARSE, TEXT_FIELDS
from shared.model.pinned_files import DIMENSIONS


async def ensure_collection(client: AsyncQdrantClient, name: str) -> None:
    """Create the collection and its payload indexes where they are missing; safe to repeat."""
    if not await client.collection_exists(name):
        half = models.Datatype.FLOAT16  # as in Edge: a cosine is off by 1e-4, and memory is halved
        dense = models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE, datatype=half)
        sparse = models.SparseVectorParams(modifier=models.Modifier.IDF)
        await client.create_collection(name, {DENSE: dense}, {SPARSE: sparse})
    existing = (await client.get_collection(name)).payload_schema
    for field, schema in payload_indexes().items():
        if field not in existing:
            await client.create_payload_index(name, field, schema, wait=True)


async def delete_others(client: AsyncQdrantClient, name: str, family: str) -> None:
    """Delete the collections of earlier layouts and keys: no erasure reaches them any more."""
    for one in (await client.get_collections()).collections:
        if one.name.startswith(family) and one.name != name:
            await client.delete_collection(one.name)


def payload_indexes() -> dict[str, models.PayloadSchemaType | models.TextIndexParams]:
    """Return the indexes of the payload fields that filters use."""
    text = models.TextIndexParams(
        type=models.TextIndexType.TEXT,
        tokenizer=models.TokenizerType.WORD,
        lowercase=True,
        phrase_matching=True,
    )
    kinds = models.PayloadSchemaType
    indexes: dict[str, models.PayloadSchemaType | models.TextIndexParams] = {}
    indexes |= dict.fromkeys(KEYWORD_FIELDS, kinds.KEYWORD) | dict.fromkeys(NUMBER_FIELDS, kinds.FLOAT)
    return indexes | dict.fromkeys(TEXT_FIELDS, text)
