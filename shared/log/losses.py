"""Sequences of the log whose facts are lost: in sentences, and as the operator has accepted them."""

from collections.abc import Collection, Iterable
from typing import Any

# Metadata of the stream EVENTS: lost sequences that the operator has accepted, and a mark that changes with every
# replacement of the log's content, so that views of the earlier content are rebuilt.
ACCEPTED, CONTENT = "ottit-accepted-losses", "ottit-content"
# A sentence names this many ranges; `ottit audit verify` names the first difference.
NAMED_RANGES = 5
SEPARATOR = " changed "


def ranges_of(sequences: Iterable[int]) -> list[tuple[int, int]]:
    """Return the first and last sequence of each run of neighbours, in order."""
    ranges: list[tuple[int, int]] = []
    for sequence in sorted(set(sequences)):
        if ranges and sequence == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], sequence)
        else:
            ranges.append((sequence, sequence))
    return ranges


def as_ranges(sequences: Collection[int]) -> str:
    """Return "fact 17 is" or "facts 17 and 28 to 120 are", with the first ranges only."""
    ranges = ranges_of(sequences)
    texts = [str(first) if first == last else f"{first} to {last}" for first, last in ranges[:NAMED_RANGES]]
    if len(ranges) > NAMED_RANGES:
        texts.append(f"{len(ranges) - NAMED_RANGES} more ranges")
    joined = " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
    return f"fact {joined} is" if len(sequences) == 1 else f"facts {joined} are"


def losses_of(config: dict[str, Any]) -> frozenset[int]:
    """Return the lost sequences that the operator has accepted, from the configuration of the stream EVENTS."""
    return parse_ranges((config.get("metadata") or {}).get(ACCEPTED, ""))


def format_ranges(sequences: Iterable[int]) -> str:
    """Return sequences as metadata stores them: `17,28-120`."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges_of(sequences))


def parse_ranges(text: str) -> frozenset[int]:
    """Parse what `format_ranges` returns."""
    bounds = [part.split("-") for part in text.split(",") if part]
    return frozenset(number for pair in bounds for number in range(int(pair[0]), int(pair[-1]) + 1))


def content_of(created: str, config: dict[str, Any]) -> str:
    """Return an id of the log's content: a restore or an accepted loss gives another one."""
    mark = (config.get("metadata") or {}).get(CONTENT, "")
    return f"{created}{SEPARATOR}{mark}" if mark else created


def same_content(one: str, other: str) -> bool:
    """Return whether two ids of `content_of` name the same content, even if the broker has recreated the stream."""
    return one.partition(SEPARATOR)[2] == other.partition(SEPARATOR)[2]
