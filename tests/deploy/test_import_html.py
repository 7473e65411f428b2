"""HTML of other sites becomes the Markdown that the client shows."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.cli.importing.html_to_markdown import html_to_markdown


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>A week, <b>cold</b>.</p>", "A week, **cold**."),
        ("one<p>two<p>three", "one\n\ntwo\n\nthree"),
        ("<p>one<br>two</p>", "one\ntwo"),
        ('a <a href="https:&#x2F;&#x2F;example.org&#x2F;">a link</a>', "a [a link](https://example.org/)"),
        (
            '<a href="https://example.org/a/long/path" rel="nofollow">https://example.org/a/lo...</a>',
            "https://example.org/a/long/path",
        ),
        ('<a href="javascript:alert(1)">x</a>', "x"),
        ("<pre><code>if a &lt; b:\n    *x*\n</code></pre><p>after", "```\nif a < b:\n    *x*\n```\n\nafter"),
        ("use <code>x &lt; 1</code> here", "use `x < 1` here"),
        ("<p>is:</p><ul>\n<li>one</li>\n<li>two</li>\n</ul><p>end</p>", "is:\n\n- one\n- two\n\nend"),
        ("<ol><li><p>one</p></li><li><p>two</p></li></ol>", "1. one\n2. two"),
        ("<blockquote><p>said</p></blockquote><p>so</p>", "> said\n\nso"),
        ("<h2>Head</h2><p>text", "## Head\n\ntext"),
        ('<img src="https://example.org/a.png" alt="a cat">', "[a cat](https://example.org/a.png)"),
        ("a<script>alert(1)</script>b", "ab"),
        ("2 < 3 and 5 > 4", "2 < 3 and 5 > 4"),
        ("AT&amp;T &nbsp;&#39;s", "AT&T  's"),
    ],
)
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    assert html_to_markdown(html) == markdown


TAGS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<i>",
        "<ul>",
        "<li>",
        "</ul>",
        "<ol>",
        "<pre>",
        "</pre>",
        "<code>",
        "</code>",
        "<a>",
        "</a>",
        "<br>",
        "&lt;",
        "<!--",
        "<",
    ]
)


@given(st.lists(TAGS | st.text(max_size=10) | st.just('<a href="https://e.org/x">'), max_size=30))
def test_any_html_is_converted(parts: list[str]) -> None:
    html_to_markdown("".join(parts))


@pytest.mark.parametrize(
    "part", ["<b>", "<blockquote>", "<ul><li>", "<", "<a href=x>", "&", "<!--", "<pre>", "x\n", "<i>a</b>"]
)
def test_long_damaged_html_takes_little_time(part: str) -> None:
    began = time.process_time()
    html_to_markdown(part * (40_000 // len(part)))
    assert time.process_time() - began < 20
