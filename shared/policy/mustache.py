"""The subset of Mustache that prompts need; output is byte-identical to `client/src/policy/render-prompt.ts`.

`{{name}}` inserts a value with `& < > "` escaped, so that user text cannot leave its element; `{{{name}}}` inserts it
unescaped; `{{#name}}…{{/name}}` renders once for each item of a list, or if a text is not empty; `{{^name}}…{{/name}}`
renders if the value is empty. A section tag alone on its line removes the line.
At most three sections are in each other.
A value is never parsed as a template. https://mustache.github.io/mustache.5.html

Policy stage: source. Other stages: compile and sign (`bundle`), activate (`bundle_store`), evaluate (`rule_matching`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

Scope = Mapping[str, str | Sequence[Mapping[str, str]]]

_TAG = re.compile(r"\{\{\{([a-z_]+)\}\}\}|\{\{([#^/]?)([a-z_]+)\}\}", re.ASCII)
# A section tag that has its line to itself, apart from spaces and tabs.
_ALONE = re.compile(r"^[ \t]*(\{\{[#^/][a-z_]+\}\})[ \t]*(?:\n|\Z)", re.ASCII | re.MULTILINE)
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


# Each level may repeat what it contains for each of a handful of categories: three levels are at most some hundred.
MAX_DEPTH = 3


class TemplateError(ValueError):
    """A template that cannot be rendered."""


@dataclass(frozen=True, slots=True)
class Node:
    """A parsed part: `kind` is `text`, `escaped`, `raw`, `#` or `^`; `value` is the text or the name."""

    kind: str
    value: str
    inner: tuple["Node", ...] = ()


@lru_cache(maxsize=64)  # the templates of a few policies
def parse(template: str) -> tuple[Node, ...]:
    """Parse a template. Raises TemplateError for a tag outside this subset."""
    stack: list[tuple[str, str, list[Node]]] = [("", "", [])]
    position = 0
    source = _ALONE.sub(r"\1", template)
    for tag in _TAG.finditer(source):
        _add_text(stack[-1][2], source[position : tag.start()])
        position = tag.end()
        _apply_tag(stack, tag)
    _add_text(stack[-1][2], source[position:])
    if len(stack) > 1:
        raise TemplateError(f"the section {stack[-1][1]!r} is not closed")
    return tuple(stack[0][2])


def render_template(template: str, scope: Scope) -> str:
    """Render a template. A value that the scope does not have is empty."""
    return "".join(_render(parse(template), (scope,)))


def escaped(value: str) -> str:
    """Return a value escaped as `{{name}}` inserts it."""
    return value.translate(_ESCAPES)


def names(nodes: Sequence[Node]) -> Iterator[str]:
    """Yield every name that a template uses, including names inside sections."""
    for node in nodes:
        if node.kind != "text":
            yield node.value
        yield from names(node.inner)


def _apply_tag(stack: list[tuple[str, str, list[Node]]], tag: re.Match[str]) -> None:
    raw, mark, name = tag[1], tag[2], tag[3]
    if mark in ("#", "^"):
        if len(stack) > MAX_DEPTH:
            raise TemplateError(f"{tag[0]}: more than {MAX_DEPTH} sections in each other")
        stack.append((mark, name, []))
    elif mark == "/":
        kind, open_name, inner = stack.pop()
        if open_name != name:
            raise TemplateError(f"{tag[0]} closes a section that is not open")
        stack[-1][2].append(Node(kind, open_name, tuple(inner)))
    else:
        stack[-1][2].append(Node("raw", raw) if raw else Node("escaped", name))


def _add_text(nodes: list[Node], text: str) -> None:
    if "{{" in text or "}}" in text:
        raise TemplateError(f"an unsupported tag: {text[max(0, text.find('{{')) :][:30]!r}")
    if text:
        nodes.append(Node("text", text))


def _render(nodes: Sequence[Node], scopes: tuple[Scope, ...]) -> Iterator[str]:
    for node in nodes:
        if node.kind == "text":
            yield node.value
            continue
        value = next((scope[node.value] for scope in reversed(scopes) if node.value in scope), "")
        if node.kind == "^":
            yield from () if value else _render(node.inner, scopes)
        elif node.kind == "#":
            items: Sequence[Scope] = ([{}] if value else []) if isinstance(value, str) else value
            for item in items:
                yield from _render(node.inner, (*scopes, item))
        elif isinstance(value, str):
            yield value if node.kind == "raw" else escaped(value)
