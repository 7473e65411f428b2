"""Tests of the scan for secret keys."""

import base64
import random
from collections.abc import Callable

import pytest

from services.gateway.http import secret_scanning
from services.gateway.http.secret_scanning import LeakedSecret, key_in_head, without_keys
from services.gateway.http.secret_shapes import LONGEST, PREFIXES, contains_key

LONG = "3vQ8rTz1LmN0pXw7KcYb2HdSgJ5fUa4E"
KEYS = [
    f"sk-{LONG}T3BlbkFJ{LONG}",
    f"sk-proj-ab_Cd-{LONG}_x-{LONG}",
    f"sk-ant-api03-{LONG}-{LONG}AA",
    f"sk-or-v1-{'0a1b2c3d' * 8}",
    f"gsk_{LONG}{LONG}"[:56],
    "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZabCdEfGh",
    f"xai-{LONG}{LONG}",
    "AIzaSy-1_2abcdefGHIJklmnop-QRstu_VWxyz5",
]
WORDS = [
    "My key begins with sk-proj- and I have lost the rest.",
    "A key looks like sk-abc…7f or sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.",
    "https://example.sk/sk-2026-10-11-nova-cesta-vlakom-do-bratislavy-2-diel",
    "sk-learn-style-estimators-2-0-and-other-things-1-2-3",
    "task-3vQ8rTz1LmN0pXw7KcYb2HdSgJ5fUa4E",
    "0192f0c1-7e1f-7000-8000-0123456789ab",
    "hf_hub_download and hf_transfer_enable_something_quite_long",
    "Sk-8 shoes, risk-adjusted returns, desk-1234567890123456 of the office",
]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:8])
def test_a_complete_provider_key_is_found_anywhere_in_a_text(key: str) -> None:
    for text in (key, f'{{"body": "use {key}, please"}}', f"Bearer {key}", f"?api_key={key}&x=1"):
        assert contains_key(text.encode()), text


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_prefix_of_the_table_is_recognized(prefix: str) -> None:
    assert contains_key(f'{{"body": "use {prefix}{LONG}{LONG}"}}'.encode())


ENCODINGS: dict[str, Callable[[str], str]] = {
    "JSON escapes": lambda key: "".join(f"\\u{ord(char):04x}" for char in key),
    "some JSON escapes": lambda key: key.replace("-", "\\u002d").replace("_", "\\u005F"),
    "percent": lambda key: "".join(f"%{ord(char):02X}" for char in key),
    "percent twice": lambda key: "".join(f"%25{ord(char):02X}" for char in key),
    "percent thrice": lambda key: "".join(f"%2525{ord(char):02X}" for char in key),
    "base64": lambda key: base64.b64encode(f"my key: {key}".encode()).decode(),
    "base64, URL-safe, without padding": lambda key: base64.urlsafe_b64encode(key.encode()).decode().rstrip("="),
    "base64 behind letters": lambda key: "x" + base64.b64encode(key.encode()).decode(),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:8])
def test_a_key_is_found_under_an_encoding(key: str, encoding: str) -> None:
    assert contains_key(f'{{"body": "see {ENCODINGS[encoding](key)} there"}}'.encode())


def test_a_long_random_text_is_no_key() -> None:
    text = base64.b64encode(random.Random(1).randbytes(300_000))
    assert not contains_key(text)


@pytest.mark.parametrize("words", WORDS)
def test_texts_about_keys_are_allowed(words: str) -> None:
    assert not contains_key(words.encode())


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:8])
def test_a_shortened_key_is_allowed(key: str) -> None:
    assert not contains_key(f"{key[:12]}…{key[-4:]}".encode())


@pytest.mark.parametrize(
    ("place", "scope"),
    [
        ("the address", {"raw_path": f"/v1/posts/{KEYS[0]}".encode()}),
        ("the address", {"query_string": f"key={KEYS[0].replace('-', '%2D')}".encode()}),
        ("the header authorization", {"headers": [(b"authorization", f"Bearer {KEYS[0]}".encode())]}),
        ("the header cookie", {"headers": [(b"host", b"ottit"), (b"cookie", f"theme=dark; k={KEYS[1]}".encode())]}),
        ("", {}),
    ],
)
def test_the_location_of_a_key_is_named_without_the_key(place: str, scope: dict[str, object]) -> None:
    empty: dict[str, object] = {"raw_path": b"/v1/feed", "query_string": b"sort=hot", "headers": []}
    assert key_in_head({**empty, **scope}) == place


async def read_all(body: bytes, cut: int, path: str = "/v1/posts") -> bytes:
    pieces = [body[at : at + cut] for at in range(0, len(body), cut)]

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    read, got = without_keys({"path": path}, receive), b""
    while pieces:
        got += (await read())["body"]
    return got


@pytest.mark.parametrize("cut", [1, 7, 64, 4096])
async def test_a_key_is_found_across_chunks_of_a_body(cut: int) -> None:
    body = f'{{"title": "Hello", "body": "{"word " * 100}{KEYS[0]} {"word " * 300}"}}'.encode()
    with pytest.raises(LeakedSecret):
        await read_all(body, cut)
    innocent = body.replace(KEYS[0].encode(), b"sk-abc")
    assert await read_all(innocent, cut) == innocent


async def test_imports_are_not_scanned() -> None:
    body = f'{{"posts": [{{"text": "{KEYS[0]}"}}]}}'.encode()
    assert await read_all(body, 64, "/v1/import") == body


@pytest.mark.parametrize("cut", [1, 100, 5000])
async def test_each_byte_of_a_body_is_scanned_at_most_twice(cut: int, monkeypatch: pytest.MonkeyPatch) -> None:
    scanned: list[int] = []

    def counted(data: bytes) -> bool:
        scanned.append(len(data))
        return contains_key(data)

    monkeypatch.setattr(secret_scanning, "contains_key", counted)
    body = b"word " * 4000
    assert await read_all(body, cut) == body
    assert sum(scanned) <= 2 * len(body) + LONGEST
