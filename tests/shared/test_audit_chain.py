"""The hash chain over the log, against hashes computed here from its definition."""

import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from shared.log.audit_chain import (
    LEAF_BYTES,
    MISSING,
    Checkpoint,
    HashChain,
    encode_leaf_prefixes,
    leaf_hash,
    unverified_sequence,
)

AT = datetime(2026, 3, 1, tzinfo=UTC)


def expected_leaf(sequence: int, subject: bytes, stored: bytes) -> bytes:
    """Return the leaf as the documentation defines it."""
    return hashlib.sha256(sequence.to_bytes(8, "big") + len(subject).to_bytes(4, "big") + subject + stored).digest()


def test_a_leaf_hashes_sequence_subject_and_bytes() -> None:
    assert leaf_hash(258, "events.ä", b"stored") == expected_leaf(258, "events.ä".encode(), b"stored")


def test_a_leaf_tells_apart_where_the_subject_ends() -> None:
    assert leaf_hash(1, "ab", b"c") != leaf_hash(1, "a", b"bc")


def test_the_chain_hashes_each_leaf_after_the_value_before_it() -> None:
    chain = HashChain()
    assert (chain.sequence, chain.value) == (0, "00" * 32)
    value = bytes(32)
    for sequence in (1, 2):
        leaf = expected_leaf(sequence, b"s", b"x")
        assert list(chain.extend(sequence, "s", b"x")) == [leaf]
        value = hashlib.sha256(value + leaf).digest()
        assert (chain.sequence, chain.value) == (sequence, value.hex())


def test_missing_sequences_have_empty_leaves_and_the_chain_stands_at_each_leaf_in_turn() -> None:
    chain = HashChain(4, "ab" * 32)
    reached = [(chain.sequence, leaf) for leaf in chain.extend(7, "s", b"x")]
    assert reached == [(5, MISSING), (6, MISSING), (7, expected_leaf(7, b"s", b"x"))]


def test_a_chain_continues_from_a_checkpoint() -> None:
    whole, first = HashChain(), HashChain()
    for sequence in (1, 2, 3):
        list(whole.extend(sequence, "s", b"x"))
    list(first.extend(1, "s", b"x"))
    second = HashChain(first.sequence, first.value)
    for sequence in (2, 3):
        list(second.extend(sequence, "s", b"x"))
    assert (second.sequence, second.value) == (whole.sequence, whole.value)


def test_a_checkpoint_returns_the_first_bytes_of_each_leaf_after_the_one_before() -> None:
    leaves = [expected_leaf(sequence, b"s", b"x") for sequence in (11, 12, 13)]
    text = encode_leaf_prefixes(leaves)
    assert base64.b64decode(text) == b"".join(leaf[:LEAF_BYTES] for leaf in leaves)
    checkpoint = Checkpoint(sequence=13, chain="00" * 32, previous=10, leaves=text, at=AT)
    assert [checkpoint.leaf_prefix(sequence) for sequence in (11, 12, 13)] == [leaf[:LEAF_BYTES] for leaf in leaves]


def test_a_checkpoint_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError):
        Checkpoint.model_validate({"sequence": 1, "chain": "00" * 32, "previous": 0, "leaves": "", "at": AT, "more": 1})


def signed(**changes: object) -> bytes:
    """Return a checkpoint of one leaf as the stream AUDIT stores it, with changed fields."""
    fields = {"sequence": 9, "chain": "00" * 32, "previous": 8, "leaves": encode_leaf_prefixes([MISSING])}
    return json.dumps({"text": json.dumps(fields | {"at": AT.isoformat()} | changes)}).encode()


def test_the_sequence_of_a_signed_checkpoint_is_read_without_its_signature() -> None:
    assert unverified_sequence(signed()) == 9


@pytest.mark.parametrize("stored", [b"", b"{", b"{}", b"[]", b'{"text": 3}', b'{"text": "{}"}', b'{"text": "[]"}'])
def test_bytes_that_are_no_signed_checkpoint_are_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match="validation error"):
        unverified_sequence(stored)


@pytest.mark.parametrize("changes", [{"sequence": 2**53}, {"sequence": 8}, {"previous": -1}, {"leaves": ""}])
def test_a_checkpoint_that_claims_more_than_its_leaves_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        unverified_sequence(signed(**changes))
