"""Tests of the origins that users can add to the content security policy of their page."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from services.gateway.http.security_headers import CONTENT_SECURITY_POLICY, MOST, allowed_origins, widened

ORIGINS = json.loads(Path("tests/contract/provider-origins.json").read_text(encoding="utf-8"))
GOOD, BAD = ORIGINS["allowed"], ORIGINS["refused"]


@pytest.mark.parametrize("origin", GOOD)
def test_exact_origins_are_allowed(origin: str) -> None:
    assert allowed_origins(quote(origin, safe="")) == (origin,)
    assert f"connect-src 'self' {origin};" in widened(CONTENT_SECURITY_POLICY, (origin,))


@pytest.mark.parametrize("origin", BAD)
@pytest.mark.parametrize("encode", [lambda text: quote(text, safe=""), str], ids=["encoded", "raw"])
def test_anything_but_an_exact_origin_is_left_out(origin: str, encode: type[str]) -> None:
    assert allowed_origins(encode(origin)) == ()


def test_an_invalid_origin_does_not_affect_the_others() -> None:
    cookie = "|".join(quote(origin, safe="") for origin in (BAD[0], GOOD[0], BAD[-2], GOOD[0], GOOD[3]))
    assert allowed_origins(cookie) == (GOOD[0], GOOD[3])


def test_the_number_of_origins_is_limited() -> None:
    many = [f"https://provider-{number}.example.com" for number in range(MOST + 3)]
    assert allowed_origins("|".join(many[: MOST + 1])) == tuple(many[:MOST])
    assert allowed_origins("|".join(["x" * 200] * 40)) == ()


def test_without_a_cookie_the_policy_is_unchanged() -> None:
    assert widened(CONTENT_SECURITY_POLICY, allowed_origins(None)) == CONTENT_SECURITY_POLICY


def test_only_connect_src_is_changed() -> None:
    before = CONTENT_SECURITY_POLICY.split("; ")
    after = widened(CONTENT_SECURITY_POLICY, tuple(GOOD[:2])).split("; ")
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [("connect-src 'self'", f"connect-src 'self' {GOOD[0]} {GOOD[1]}")]
