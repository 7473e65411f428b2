"""The template language: its nodes, its sections, and its errors."""

import pytest

from shared.policy.mustache import Node, Scope, TemplateError, escaped, names, parse, render_template


def test_a_template_is_parsed_into_its_parts() -> None:
    assert parse("a {{b}}{{{c}}}{{#d}}e{{^f}}g{{/f}}{{/d}}") == (
        Node("text", "a "),
        Node("escaped", "b"),
        Node("raw", "c"),
        Node("#", "d", (Node("text", "e"), Node("^", "f", (Node("text", "g"),)))),
    )


def test_an_empty_template_has_no_parts() -> None:
    assert parse("") == ()
    assert render_template("", {}) == ""


def test_every_used_name_is_found_also_inside_sections() -> None:
    assert list(names(parse("x{{a}}{{#b}}y{{{c}}}{{^d}}{{e}}{{/d}}{{/b}}"))) == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("a{{#b}}c", "the section 'b' is not closed"),
        ("{{#a}}{{#b}}{{/b}}", "the section 'a' is not closed"),
        ("{{/a}}", "{{/a}} closes a section that is not open"),
        ("{{#a}}{{/b}}", "{{/b}} closes a section that is not open"),
        ("plain {{> other}} text", "an unsupported tag: '{{> other}} text'"),
        ("a {{B}} {{C}}", "an unsupported tag: '{{B}} {{C}}'"),
        ("x }} y", "an unsupported tag: 'x }} y'"),
        ("{{B}} " + "z" * 40, "an unsupported tag: '{{B}} " + "z" * 24 + "'"),
    ],
)
def test_a_template_outside_the_subset_says_what_is_wrong(template: str, message: str) -> None:
    with pytest.raises(TemplateError) as refused:
        parse(template)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("template", "scope", "expected"),
    [
        ("{{#a}}x{{b}}{{/a}}", {"a": [{"b": "1"}, {"b": "2"}]}, "x1x2"),
        ("{{#a}}{{b}}{{/a}}", {"a": [{"b": "inner"}], "b": "outer"}, "inner"),
        ("{{#a}}{{b}}{{/a}}", {"a": [{}], "b": "outer"}, "outer"),
        ("{{#a}}x{{/a}}y", {"a": []}, "y"),
        ("{{#a}}x{{/a}}y", {"a": ""}, "y"),
        ("{{#a}}x{{/a}}", {"a": "some"}, "x"),
        ("{{^a}}x{{/a}}", {"a": "some"}, ""),
        ("{{^a}}x{{/a}}", {"a": [{}]}, ""),
        ("{{^a}}x{{b}}{{/a}}", {"b": "1"}, "x1"),
        ("{{a}}|{{{a}}}", {"a": [{}]}, "|"),
        ("{{a}}|{{{a}}}", {"a": "<&>\"'"}, "&lt;&amp;&gt;&quot;'|<&>\"'"),
        ("a\n{{#b}}\nc\n{{/b}}\n", {"b": "x"}, "a\nc\n"),
        ("a\n \t{{#b}}c{{/b}}\n", {"b": "x"}, "a\n \tc\n"),
        ("{{#b}}\nc\n{{/b}}", {"b": "x"}, "c\n"),
    ],
)
def test_a_template_is_rendered(template: str, scope: Scope, expected: str) -> None:
    assert render_template(template, scope) == expected


def test_a_value_is_never_parsed() -> None:
    assert render_template("{{a}}", {"a": "{{b}}", "b": "secret"}) == "{{b}}"
    assert escaped("a&b") == "a&amp;b"


def test_sections_are_nested_up_to_three_deep() -> None:
    three = "{{#a}}{{#b}}{{#c}}x{{/c}}{{/b}}{{/a}}"
    assert list(names(parse(three))) == ["a", "b", "c"]
    with pytest.raises(TemplateError) as refused:
        parse("{{#d}}" + three + "{{/d}}")
    assert str(refused.value) == "{{#c}}: more than 3 sections in each other"
