"""Generated policies: whatever an author or a damaged file contains, checking it takes bounded time and memory."""

import json
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.policy.bundle import Bundle, InvalidBundle, open_bundle, sign_bundle
from shared.policy.load import DEFAULT_POLICY, PolicyError, load_policy
from shared.policy.mustache import TemplateError, render_template
from shared.policy.pattern_dialect import DialectError, compile_pattern
from shared.policy.public_view import split
from shared.policy.schema import Policy
from shared.policy.signing import (
    InvalidTrustedKeys,
    NewKeyNote,
    SigningKey,
    TrustedKey,
    TrustedKeys,
    UntrustedSignature,
    to_base64,
)
from tests.fuzz.conftest import Fuzz
from tests.fuzz.generated import JSON

KEY = SigningKey(bytes(range(32)))
KEYS = TrustedKeys([TrustedKey(KEY.public_key)])
POLICY = load_policy(DEFAULT_POLICY)
CATEGORIES = [{"id": f"category_{n}", "definition": "Texts of this kind."} for n in range(6)]
# Far above what any check takes, also on a busy machine, and far below what unbounded growth takes.
ENOUGH_S, ENOUGH_BYTES = 20.0, 64 * 2**20


def bounded(check: Callable[[], object]) -> None:
    """Run a check, which may refuse; fail if it takes much time or memory."""
    tracemalloc.start()
    began = time.thread_time()
    try:
        with suppress(PolicyError, TemplateError, DialectError, InvalidBundle):
            check()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.thread_time() - began < ENOUGH_S
    assert peak < ENOUGH_BYTES


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of every value in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for name, one in inner for found in places(one, (*path, name)))]


def changed(document: str, at: int, new: Any) -> str:
    """Return JSON in which one value is another."""
    content = json.loads(document)
    paths = places(content)[1:]
    *path, last = paths[at % len(paths)]
    target = content
    for name in path:
        target = target[name]
    target[last] = new
    return json.dumps(content)


@pytest.mark.parametrize("part", ["view", "overlay"])
def test_a_signed_bundle_with_any_change_is_refused_or_is_the_same_policy(part: str, fuzz: Fuzz) -> None:
    bundle = sign_bundle(POLICY, KEY)

    @given(st.integers(0, 10**6), JSON)
    @example(0, 10**400)
    def check(at: int, new: Any) -> None:
        text = changed(getattr(bundle, part).text, at, new)
        stored = bundle.model_copy(update={part: KEY.sign(text)}).model_dump_json().encode()
        with suppress(InvalidBundle):
            assert open_bundle(stored, bundle.digest, KEYS).policy.digest == POLICY.digest

    fuzz(check)


def test_a_policy_with_any_change_opens_as_itself_or_is_refused(fuzz: Fuzz) -> None:
    source = POLICY.model_dump_json()

    @given(st.integers(0, 10**6), JSON | st.sampled_from([1.0, "hold", "x" * 100, "(?:" * 300 + "a" + ")" * 300]))
    def check(at: int, new: Any) -> None:
        try:
            policy = Policy.model_validate_json(changed(source, at, new))
            bundle = sign_bundle(policy, KEY)
        except (ValidationError, ValueError):
            return
        with suppress(InvalidBundle):  # it contradicts itself
            opened = open_bundle(bundle.model_dump_json().encode(), policy.digest, KEYS).policy
            assert opened.canonical_json() == policy.canonical_json()

    fuzz(check)


def test_a_bundle_with_very_many_categories_is_refused_in_time() -> None:
    view, overlay = split(POLICY)
    many = view.model_copy(update={"categories": view.categories * 5_000})
    bundle = Bundle(
        digest=POLICY.digest, view=KEY.sign(many.model_dump_json()), overlay=KEY.sign(overlay.model_dump_json())
    )
    began = time.thread_time()
    with pytest.raises(InvalidBundle):
        open_bundle(bundle.model_dump_json().encode(), POLICY.digest, KEYS)
    assert time.thread_time() - began < ENOUGH_S


@pytest.mark.parametrize(
    "pattern",
    [
        "(?:" * 5000 + "a" + ")" * 5000,
        "(?:" * 300 + "a" + ")" * 300,
        "|".join(f"word {n}" for n in range(50_000)),
        "a" * 1_000_000,
        "(?:a{1,64}){1,64}",
        "(?:(?:(?:a|aa){1,64}){1,64}){1,64}",
        "[" + "".join(chr(0x4E00 + n) for n in range(15_000)) + "]",
        "a?" * 5000 + "a",
    ],
    ids=range(8),
)
def test_a_pattern_is_checked_in_bounded_time_and_memory(pattern: str) -> None:
    bounded(lambda: compile_pattern(pattern))


@pytest.mark.parametrize(
    "template",
    [
        "{{#body}}" * 220 + "x" + "{{/body}}" * 220,
        "{{#categories}}" * 12 + "{{definition}}" + "{{/categories}}" * 12,
        "{{#categories}}" * 120 + "x" + "{{/categories}}" * 120,
        "{{" * 2000,
        "{{{" + "a" * 3990,
        "{{/a}}" * 600,
        " " * 4000,
        "{{^x}}" * 300 + "{{/x}}" * 300,
    ],
    ids=range(8),
)
def test_a_template_is_rendered_in_bounded_time_and_memory(template: str) -> None:
    bounded(lambda: render_template(template, {"body": "text", "categories": CATEGORIES}))


LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        "&a [*a]",
        "[" * 20_000,
        "{a: " * 20_000,
        "- " * 20_000 + "x",
        "".join(f"key{n}: 1\n" for n in range(20_000)),
        "{? {a: 1} : 2}",
        "x: !!python/object/apply:os.system [ls]",
        "x: !!binary //79",
        "\x00",
        "%YAML 9.9\n---\n{}",
        "x: 2024-99-99",
        "<<: [1]",
        "x: .nan",
        "x: " + "9" * 5000,
        "? [a, b]\n: 1",
    ],
    ids=range(16),
)
def test_a_policy_file_is_read_in_bounded_time_and_memory(text: str, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(text)
    with pytest.raises(PolicyError):
        load_policy(tmp_path / "policy.yaml")
    bounded(lambda: load_policy(tmp_path / "policy.yaml"))


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_of_another_length_is_not_trusted(size: int) -> None:
    key = to_base64(b"k" * size)
    with pytest.raises(InvalidTrustedKeys):
        TrustedKeys.parse(json.dumps([{"public_key": key}]))
    note = NewKeyNote(public_key=key, previous=KEY.key_id, first={"p": 1}).model_dump_json()
    with pytest.raises(UntrustedSignature):
        KEYS.with_notes([KEY.sign(note)])


@pytest.mark.parametrize(
    ("pattern", "unit"),
    [
        (r"a{1,64}b", "a"),
        (r"(?:a|ab){1,12}c", "ab"),
        (r"\b\d{0,64}x", "1"),
        (r"[a-z]{1,20} ?[a-z]{1,20}!", "ab "),
        (r"(?:a ?){1,12}b", "a a"),
    ],
)
def test_matching_takes_time_in_proportion_to_the_text(pattern: str, unit: str) -> None:
    compiled = compile_pattern(pattern)

    def seconds(size: int) -> float:
        text = (unit * size)[:size]
        times = []
        for _ in range(3):
            began = time.thread_time()
            assert compiled.search(text) is None
            times.append(time.thread_time() - began)
        return min(times)

    size = 2000
    while (short := seconds(size)) < 0.02:
        size *= 2
    assert seconds(4 * size) < 10 * short  # 4 if linear, 16 if quadratic
