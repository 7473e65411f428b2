"""Tests of the binary format of snapshots."""

import struct
from uuid import UUID

import orjson

from services.gateway.device.newest_post_queries import NewestPost
from services.gateway.device.snapshot_format import LONGEST_TITLE, Head, PackedVector, pack
from shared.ids import new_id

HEAD = Head("0a0b0c0d-7", True, "kind", 4)


def a_post(title: str = "Tomatoes", community: str = "garden") -> NewestPost:
    return NewestPost(7, new_id(), community, title, 1_700_000_000.5)


def read(content: bytes) -> tuple[dict[str, object], bytes]:
    """Return the head and the columns of a snapshot."""
    (length,) = struct.unpack_from("<I", content, 4)
    return orjson.loads(content[8 : 8 + length]), content[8 + length :]


def test_columns_are_at_the_documented_offsets() -> None:
    posts = [a_post("Tomatoes", "garden"), a_post("Käse", "kitchen")]
    head, columns = read(
        pack(HEAD, posts, {posts[1].post_id: PackedVector(0.5, bytes([1, 2, 255, 4]))}, [posts[0].post_id])
    )
    assert (head["rows"], head["gone"], head["communities"]) == (2, 1, ["garden", "kitchen"])
    assert struct.unpack_from("<2d2f3I2H", columns) == (*[1_700_000_000.5] * 2, 0.0, 0.5, 0, 8, 13, 0, 1)
    ids = 2 * 8 + 2 * 4 + 3 * 4 + 2 * 2
    assert columns[ids : ids + 32] == b"".join(UUID(post.post_id).bytes for post in posts)
    assert columns[ids + 32 : ids + 40] == bytes([0, 0, 0, 0, 1, 2, 255, 4])
    assert columns[ids + 40 : ids + 56] == UUID(posts[0].post_id).bytes
    assert columns[ids + 56 :].decode() == "TomatoesKäse"


def test_columns_start_at_a_multiple_of_eight_bytes() -> None:
    for length in range(20):
        content = pack(Head("x" * length, True, "", 0), [a_post()], {}, [])
        assert struct.unpack_from("<I", content, 4)[0] % 8 == 0


def test_a_long_title_is_cut_between_characters() -> None:
    post = a_post("ä" * 300)
    _, columns = read(pack(Head("", True, "", 0), [post], {}, []))
    assert columns.endswith(("ä" * LONGEST_TITLE).encode())
    assert struct.unpack_from("<2I", columns, 12) == (0, 2 * LONGEST_TITLE)
