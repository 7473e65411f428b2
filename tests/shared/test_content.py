"""The text of posts: what is judged, what is sealed, and what counts as nothing."""

import pytest

from shared.content import Content, is_blank


def test_the_judged_text_is_the_title_a_blank_line_and_the_body() -> None:
    assert Content(title="Title", body="Body").text == "Title\n\nBody"
    assert Content(title="Title", body="").text == "Title"
    assert Content(body="Body").text == "Body"


def test_the_sealed_bytes_come_back_as_the_same_content() -> None:
    content = Content(title="Ä", body='a "b"\n')
    assert content.canonical() == '["Ä","a \\"b\\"\\n"]'.encode()
    assert Content.from_canonical(content.canonical()) == content


@pytest.mark.parametrize("stored", [b"[]", b'["a"]', b'["a","b","c"]', b'["a",1]', b'[1,"b"]', b'{"a":"b"}', b'"ab"'])
def test_other_bytes_are_no_content(stored: bytes) -> None:
    with pytest.raises(ValueError, match=r"^not a title and a body$"):
        Content.from_canonical(stored)


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b\ufeff", "\u3164", "\u2800", "\u0301", "\u2028"])
def test_a_text_that_shows_nothing_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", " . ", "\u200b!", "🙂", "\u3164a"])
def test_a_text_with_one_visible_character_is_not_blank(text: str) -> None:
    assert not is_blank(text)
