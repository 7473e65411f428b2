"""Tests that the search for canaries finds them in every encoding, so that an empty result means something."""

import base64
import gzip
import json
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.faults.canary_search import find_canaries, find_in_bytes, words_left

CANARY = "Qzk41c07b"
TEXT = f"zwölf {CANARY}é Jäger"
ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "lower": lambda text: text.lower().encode(),
    "upper": lambda text: text.upper().encode(),
    "json": lambda text: json.dumps(text).encode(),
    "url": lambda text: quote(text).encode(),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "hex": lambda text: text.encode().hex().encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64 after one byte": lambda text: base64.b64encode(b"x" + text.encode()),
    "base64 after two bytes": lambda text: base64.b64encode(b"xy" + text.encode()),
    "base64 of lower case": lambda text: base64.urlsafe_b64encode(text.lower().encode()),
    "zlib": lambda text: zlib.compress(text.encode() * 9),
    "gzip": lambda text: gzip.compress(text.encode() * 9),
    "gzip of base64": lambda text: gzip.compress(base64.b64encode(text.encode()) * 9),
    "zlib of gzip": lambda text: zlib.compress(gzip.compress(text.encode() * 9)),
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
def test_a_canary_is_found_in_every_encoding(encode: Callable[[str], bytes]) -> None:
    data = b"\0\1before" + encode(TEXT) + b"after\xff"
    assert find_in_bytes(data, CANARY)
    assert not find_in_bytes(data, "Qzk93d18e")


def test_a_canary_is_found_in_archives_databases_and_file_names(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "archive", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("text", TEXT * 9)
    with sqlite3.connect(tmp_path / "database") as database:
        database.execute("CREATE TABLE texts (text)")
        database.execute("INSERT INTO texts VALUES (?)", (TEXT,))
    (tmp_path / f"{CANARY.lower()}.txt").touch()
    found = {finding.file.name for finding in find_canaries([tmp_path], CANARY)}
    assert found == {"archive", "database", f"{CANARY.lower()}.txt"}


def test_the_check_of_an_installation_names_what_is_left_of_an_erased_person(tmp_path: Path) -> None:
    (tmp_path / "view").mkdir()
    (tmp_path / "view" / "left.sqlite").write_bytes(b"words Qzk41c07b of Ada")
    assert words_left(tmp_path, ["Qzk41c07b"]) == [
        "view/left.sqlite (as written): b'words Qzk41c07b of Ada'",
    ]
    assert words_left(tmp_path, ["Wvx83d19f"]) == []
