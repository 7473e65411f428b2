"""The binary format of snapshots, which a browser reads without unpacking: a short head, then columns. Pure.

    "OTPK", u32 length of the head, the head (JSON, padded with spaces to a multiple of 8), then for n rows:
    created  f64 [n]      unix seconds
    sizes    f32 [n]      size of a step of the vector; 0: the post has no vector
    titles   u32 [n + 1]  offset of each title, and the end of the last one
    places   u16 [n]      index into the head's communities
    ids      16 bytes [n]
    steps    i8 [n][dimensions]
    gone     16 bytes [head's gone]
    text     UTF-8 of all titles

All little-endian. Read by client/src/platform/local-index/snapshot-format.ts.
Another layout gets another `format`: readers refuse it.
"""

import struct
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from services.gateway.device.newest_post_queries import NewestPost

MAGIC, FORMAT = b"OTPK", 1
# One line of a list; the client cuts longer titles anyway.
LONGEST_TITLE = 160


@dataclass(frozen=True, slots=True)
class PackedVector:
    """The vector of one post: `size` times each of the int8 `steps`."""

    size: float
    steps: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """`until`: ask for changes after it. `whole`: replaces the device's snapshot. `vectors`: empty for none."""

    until: str
    whole: bool
    vectors: str
    dimensions: int


def pack(head: Head, posts: Sequence[NewestPost], vectors: Mapping[str, PackedVector], gone: Sequence[str]) -> bytes:
    """Return the bytes of a snapshot. A post that is missing in `vectors` gets a zero vector."""
    communities = sorted({post.community for post in posts})
    place = {name: index for index, name in enumerate(communities)}
    titles = [post.title[:LONGEST_TITLE].encode() for post in posts]
    begins = [0]
    for title in titles:
        begins.append(begins[-1] + len(title))
    nothing = PackedVector(0.0, bytes(head.dimensions))
    rows = [vectors.get(post.post_id, nothing) for post in posts]
    columns = [
        _numbers("d", [post.created for post in posts]),
        _numbers("f", [vector.size for vector in rows]),
        _numbers("I", begins),
        _numbers("H", [place[post.community] for post in posts]),
        b"".join(UUID(post.post_id).bytes for post in posts),
        b"".join(vector.steps for vector in rows),
        b"".join(UUID(post_id).bytes for post_id in gone),
        *titles,
    ]
    described = {
        "format": FORMAT, "rows": len(posts), "gone": len(gone), "until": head.until, "whole": head.whole,
        "vectors": head.vectors, "dimensions": head.dimensions, "communities": communities,
    }  # fmt: skip
    text = orjson.dumps(described)
    text += b" " * (-len(text) % 8)
    return b"".join([MAGIC, struct.pack("<I", len(text)), text, *columns])


def _numbers(kind: str, values: Sequence[float]) -> bytes:
    column = array(kind, values)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()
