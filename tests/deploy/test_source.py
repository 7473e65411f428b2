"""Reading an import file."""

import gzip
from pathlib import Path

import pytest

from deploy.cli.importing.source import MAX_LINE, Position, Source

TEXT = b'{"id": 1}\n\n  \n{"id": 2}\n{"id": 3}'


@pytest.fixture(params=["plain", "gzipped"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    """The same lines, plain and gzipped."""
    path = tmp_path / "posts"
    path.write_bytes(gzip.compress(TEXT) if request.param == "gzipped" else TEXT)
    return Source(path)


def test_blank_lines_are_skipped_but_count_in_line_numbers(source: Source) -> None:
    lines = list(source.lines(Position()))

    assert source.rows == 3
    assert [(line.number, line.content.strip()) for line in lines] == [
        (1, b'{"id": 1}'),
        (4, b'{"id": 2}'),
        (5, b'{"id": 3}'),
    ]


def test_reading_continues_after_any_line(source: Source) -> None:
    whole = list(source.lines(Position()))

    for done, line in enumerate(whole, start=1):
        assert list(source.lines(Position(line.number, line.end))) == whole[done:]


def test_a_too_long_line_is_truncated_and_the_next_one_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "posts"
    path.write_bytes(b"x" * (3 * MAX_LINE + 5) + b"\nnext\n")

    first, second = Source(path).lines(Position())

    assert (first.number, len(first.content)) == (1, MAX_LINE)
    assert (second.number, second.content, second.end) == (2, b"next\n", 3 * MAX_LINE + 11)


def test_the_digest_depends_on_the_content(tmp_path: Path) -> None:
    one, same, other = (tmp_path / name for name in ("one", "same", "other"))
    one.write_bytes(TEXT)
    same.write_bytes(TEXT)
    other.write_bytes(TEXT + b"\n")

    assert Source(one).sha256 == Source(same).sha256 != Source(other).sha256
