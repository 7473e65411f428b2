"""Generated input for the readers of untrusted text and bytes: each raises only the errors that it declares."""

import base64
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deploy.cli.importing.containers.json_lines import parse as parse_json
from services.embeddings.domain import parse_search
from services.gateway.search.routes import _offset
from services.gateway.timeline.browser_spans import MAX_SPANS, accepted_spans
from services.moderation.engines.provider_errors import ProviderError
from services.moderation.engines.provider_responses import read_completion, read_moderation
from services.ranking.domain.cursor import BadCursor, read_cursor
from shared.log.events import DecodeError, UnknownFact, decode
from shared.log.preview_records import decode_preview
from shared.policy import normalize
from shared.policy.bundle import InvalidBundle, open_bundle
from shared.policy.disguises import forms
from shared.policy.mustache import TemplateError, render_template
from shared.policy.pattern_dialect import DialectError, compile_pattern
from shared.policy.signing import InvalidTrustedKeys, TrustedKeys
from shared.problems import Invalid
from tests.fuzz.conftest import Fuzz
from tests.fuzz.generated import DOCUMENTS, JSON, KEYS

DEEP = b"[" * 100_000
SURROGATE = b'{"type":"\\ud800","version":"\\u0000"}'
NO_KEYS = TrustedKeys([])

READERS: dict[str, tuple[Callable[[bytes], object], tuple[type[Exception], ...]]] = {
    "moderation response": (read_moderation, (ProviderError,)),
    "completion": (read_completion, (ProviderError,)),
    "fact": (decode, (DecodeError, UnknownFact)),
    "preview record": (decode_preview, (DecodeError,)),
    "bundle": (lambda stored: open_bundle(stored, "0" * 64, NO_KEYS), (InvalidBundle,)),
}
TEXT_READERS: dict[str, tuple[Callable[[str], object], tuple[type[Exception], ...]]] = {
    "feed cursor": (read_cursor, (BadCursor,)),
    "search cursor": (_offset, (Invalid,)),
    "trusted keys": (TrustedKeys.parse, (InvalidTrustedKeys,)),
    "pattern": (compile_pattern, (DialectError,)),
    "template": (lambda text: render_template(text, {}), (TemplateError,)),
    "import line": (parse_json, (ValueError,)),
    "search": (parse_search, ()),
}


@pytest.mark.parametrize("name", READERS)
def test_a_reader_of_bytes_raises_only_its_errors(name: str, fuzz: Fuzz) -> None:
    read, errors = READERS[name]

    @given(st.binary(max_size=200) | DOCUMENTS)
    @example(DEEP)
    @example(SURROGATE)
    @example(b"\xff\x00")
    def check(stored: bytes) -> None:
        with suppress(*errors):
            read(stored)

    fuzz(check)


@pytest.mark.parametrize("name", TEXT_READERS)
def test_a_reader_of_text_raises_only_its_errors(name: str, fuzz: Fuzz) -> None:
    read, errors = TEXT_READERS[name]
    encoded = DOCUMENTS.map(lambda plain: base64.urlsafe_b64encode(plain).decode())
    syntax = st.text(alphabet="ab{}[]()|?*+\\^$.,019#/&-_=", max_size=40)

    @given(st.text() | syntax | encoded | DOCUMENTS.map(bytes.decode))
    @example("9" * 5000)
    @example("é\ud800")
    @example('[{"public_key":"é","first":null}]')
    def check(text: str) -> None:
        with suppress(*errors):
            read(text)

    fuzz(check)


def test_forms_of_a_text_are_few_and_bounded(fuzz: Fuzz) -> None:
    @given(st.text() | st.text(alphabet="a1!| .ｋаoО0@\u0301\u200b", max_size=60))
    @example("\ufdfa" * 10)  # one character that compatibility forms expand to eighteen
    def check(text: str) -> None:
        found = forms(normalize(text))
        assert len(found) <= 10
        assert all(len(form.text) == len(form.origins) <= 18 * len(text) for form in found)

    fuzz(check)


def test_spans_of_any_shape_are_filtered(fuzz: Fuzz) -> None:
    @given(st.dictionaries(KEYS, JSON, max_size=4), st.lists(JSON, max_size=4))
    def check(document: dict[str, Any], spans: list[Any]) -> None:
        wrapped = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}, document]}
        for candidate in (document, wrapped):
            assert len(list(accepted_spans(candidate, lambda _: True))) <= MAX_SPANS

    fuzz(check)
