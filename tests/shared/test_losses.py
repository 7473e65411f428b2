"""Lost sequences: in sentences for the operator, and as metadata of the stream."""

import pytest

from shared.log.losses import (
    ACCEPTED,
    CONTENT,
    as_ranges,
    content_of,
    format_ranges,
    losses_of,
    parse_ranges,
    ranges_of,
    same_content,
)


def test_neighbours_form_a_range() -> None:
    assert ranges_of([]) == []
    assert ranges_of([5, 3, 4, 4, 9]) == [(3, 5), (9, 9)]
    assert ranges_of([1, 3]) == [(1, 1), (3, 3)]


@pytest.mark.parametrize(
    ("sequences", "text"),
    [
        ([17], "fact 17 is"),
        ([17, 18], "facts 17 to 18 are"),
        ([17, 19], "facts 17 and 19 are"),
        ([1, 5, 6, 9], "facts 1, 5 to 6 and 9 are"),
        ([1, 3, 5, 7, 9], "facts 1, 3, 5, 7 and 9 are"),
        ([1, 3, 5, 7, 9, 11, 13], "facts 1, 3, 5, 7, 9 and 2 more ranges are"),
    ],
)
def test_a_sentence_names_the_first_ranges(sequences: list[int], text: str) -> None:
    assert as_ranges(sequences) == text


@pytest.mark.parametrize(("sequences", "text"), [([], ""), ([17], "17"), ([120, 17, 28, 29, 30], "17,28-30,120")])
def test_metadata_are_read_back_as_they_were_written(sequences: list[int], text: str) -> None:
    assert format_ranges(sequences) == text
    assert parse_ranges(text) == frozenset(sequences)


def test_accepted_losses_are_read_from_the_streams_configuration() -> None:
    assert losses_of({"metadata": {ACCEPTED: "3-5"}}) == {3, 4, 5}
    for config in ({}, {"metadata": None}, {"metadata": {"other": "1"}}):
        assert losses_of(config) == frozenset()


def test_a_mark_names_the_content_whenever_the_stream_was_created() -> None:
    marked, other = {"metadata": {CONTENT: "a"}}, {"metadata": {CONTENT: "b"}}
    assert content_of("monday", {}) == content_of("monday", {"metadata": None}) == "monday"
    assert content_of("monday", marked) == "monday changed a"
    assert same_content(content_of("monday", marked), content_of("friday", marked))
    assert not same_content(content_of("monday", marked), content_of("monday", other))
    assert not same_content(content_of("monday", marked), content_of("monday", {}))
    assert same_content(content_of("monday", {}), content_of("friday", {}))
