"""Searches every byte of folders for a canary: a made-up word that must be gone after an erasure.

Found as written and in other case, so also stemmed, accent-folded, URL-quoted and JSON-escaped as long as the canary is
ASCII; as UTF-16, hexadecimal and base64 at each alignment; and all of these within zlib, gzip and zip. LZ4, Snappy and
S2 copy bytes that did not occur before as they are, so a canary's first occurrence in a block is found as written.
Not searched: the memory of processes, and blocks of deleted files that the file system has not reused.
"""

import base64
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ZLIB_HEADERS = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
ZIP_HEADER = b"PK\x03\x04"
# zlib and gzip in zlib, as in an archive of archives.
DEEPEST = 3
LARGEST_STREAM = 256 * 1024 * 1024
# Bytes reported around a finding, enough to see which field it was.
CONTEXT = 40


@dataclass(frozen=True)
class Finding:
    """An occurrence: the file, the encoding as a path such as `zlib/base64+1`, and bytes around it."""

    file: Path
    encoding: str
    excerpt: bytes


def patterns(canary: str) -> dict[str, re.Pattern[bytes]]:
    """Return a pattern for each encoding of a canary of ASCII letters and digits."""
    assert canary.isascii(), canary
    assert canary.isalnum(), canary
    raw = canary.encode()
    found = {"as written": re.compile(re.escape(raw), re.IGNORECASE)}
    for name in ("utf-16-le", "utf-16-be"):
        found[name] = re.compile(re.escape(canary.encode(name)), re.IGNORECASE)
    found["hex"] = re.compile(raw.hex().encode(), re.IGNORECASE)
    for shift in range(3):
        cases = {_base64_core(form.encode(), shift) for form in (canary, canary.lower(), canary.upper())}
        found[f"base64+{shift}"] = re.compile(b"|".join(re.escape(core) for core in sorted(cases)))
    return found


def find_canaries(folders: Iterable[Path], *canaries: str) -> list[Finding]:
    """Return every occurrence of the canaries in all files below these folders, and in their names."""
    wanted = [patterns(canary) for canary in canaries]
    return [found for file in _files(folders) for one in wanted for found in _in_file(file, one)]


def words_left(folder: Path, words: Sequence[str]) -> list[str]:
    """I14: return where words of erased people are left in a folder."""
    found = find_canaries([folder], *words)
    return [f"{one.file.relative_to(folder)} ({one.encoding}): {one.excerpt!r}" for one in found]


def find_in_bytes(data: bytes, canary: str, file: Path = Path("-")) -> list[Finding]:
    """Return the occurrences in some bytes."""
    return list(_in_bytes(data, patterns(canary), file, ""))


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in [folder, *folder.rglob("*")] if path.is_file() and not path.is_symlink())


def _in_file(file: Path, wanted: dict[str, re.Pattern[bytes]]) -> Iterator[Finding]:
    if wanted["as written"].search(file.name.encode()):
        yield Finding(file, "file name", file.name.encode())
    try:
        data = file.read_bytes()
    except FileNotFoundError:  # a service replaced it meanwhile
        return
    yield from _in_bytes(data, wanted, file, "")


def _in_bytes(data: bytes, wanted: dict[str, re.Pattern[bytes]], file: Path, within: str) -> Iterator[Finding]:
    for name, pattern in wanted.items():
        for match in pattern.finditer(data):
            excerpt = data[max(0, match.start() - CONTEXT) : match.end() + CONTEXT]
            yield Finding(file, within + name, excerpt)
    if within.count("/") < DEEPEST:
        for name, inner in _unpacked(data):
            yield from _in_bytes(inner, wanted, file, f"{within}{name}/")


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data.startswith(ZIP_HEADER):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from (("zip", archive.read(entry)) for entry in archive.namelist())
    for match in ZLIB_HEADERS.finditer(data):
        stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        try:
            inner = stream.decompress(data[match.start() :], LARGEST_STREAM)
        except zlib.error:
            continue  # two or three bytes that look like a header
        if inner:
            yield "zlib", inner


def _base64_core(raw: bytes, shift: int) -> bytes:
    """Return the digits that the bytes alone determine when `shift` bytes precede them in their group of three."""
    digits = base64.b64encode(b"\0" * shift + raw)
    first = -(-shift * 8 // 6)
    return digits[first : (shift + len(raw)) * 8 // 6]
