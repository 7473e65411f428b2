"""The collection of a Qdrant server, declared like the shard of Edge."""

from qdrant_client import AsyncQdrantClient, models

from services.embeddings.adapters.layout import KEYWORD_FIELDS, MEANING, NUMBER_FIELDS, TEXT_FIELDS, WORDS
from shared.model.pins import DIMENSIONS


async def ensure_collection(client: AsyncQdrantClient, name: str) -> None:
    """Make the collection and its payload indexes where they are missing; both steps may be repeated."""
    if not await client.collection_exists(name):
        half = models.Datatype.FLOAT16  # as in Edge: a cosine is off by 1e-4, and memory is halved
        dense = models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE, datatype=half)
        sparse = models.SparseVectorParams(modifier=models.Modifier.IDF)
        await client.create_collection(name, {MEANING: dense}, {WORDS: sparse})
    there = (await client.get_collection(name)).payload_schema
    for field, schema in indexes().items():
        if field not in there:
            await client.create_payload_index(name, field, schema, wait=True)


def indexes() -> dict[str, models.PayloadSchemaType | models.TextIndexParams]:
    """The payload fields that filters use."""
    text = models.TextIndexParams(
        type=models.TextIndexType.TEXT,
        tokenizer=models.TokenizerType.WORD,
        lowercase=True,
        phrase_matching=True,
    )
    kinds = models.PayloadSchemaType
    found: dict[str, models.PayloadSchemaType | models.TextIndexParams] = {}
    found |= dict.fromkeys(KEYWORD_FIELDS, kinds.KEYWORD) | dict.fromkeys(NUMBER_FIELDS, kinds.FLOAT)
    return found | dict.fromkeys(TEXT_FIELDS, text)
