"""Opens an import file: decompresses it, and decodes its lines to text."""

import bz2
import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import zstandard
from typing_extensions import Buffer

# No row is longer: 40,000 characters as JSON escapes are 480 kB.
MAX_LINE = 1024 * 1024
BUFFER = 64 * 1024
# Dumps of Reddit are compressed with a window of 2 GiB, which no decoder accepts unless it is told to.
ZSTD_WINDOW = 2**31
# Small, because a few bytes may stand for many.
ZSTD_PIECE = 8 * 1024
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Files that people try, with what to do instead.
OTHER_FILES = (
    (b"PK\x03\x04", "a zip archive. Unpack it first: unzip FILE"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive, as Stack Exchange publishes them. Unpack it first: 7z x FILE"),
    (b"SQLite format 3", "a SQLite database. Export a table as CSV first: sqlite3 -header -csv FILE 'SELECT …'"),
)
# Which of the first four bytes are 0 where the text starts with two ASCII characters.
UNMARKED: dict[tuple[bool, ...], str] = {
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
}
UTF8 = frozenset({"utf-8", "utf-8-sig", "ascii"})


class UnreadableFile(Exception):
    """The file cannot be read; the message says where, and what to do."""


@dataclass(frozen=True)
class TextLine:
    """A line with its line end. `start`: the offset of its first byte in the decompressed file, if it is UTF-8.

    Bytes that are not UTF-8 are lone surrogates (PEP 383), so that a reader can refuse the row and name the byte.
    """

    number: int
    text: str
    start: int = 0


class _ZstdReader(io.RawIOBase):
    """Decompresses Zstandard. Unlike the package's own reader, it notices that a file is cut off."""

    def __init__(self, raw: BinaryIO) -> None:
        super().__init__()
        self._raw = raw
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
        self._frame = self._decompressor.decompressobj()
        self._in_frame = False
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """The stream can be read."""
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """Read some bytes; 0 at the end."""
        while not self._ready:
            piece = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame, self._in_frame = self._decompressor.decompressobj(), False
            piece = piece or self._raw.read(ZSTD_PIECE)
            if not piece:
                if self._in_frame:
                    raise EOFError("it ends within a frame")
                return 0
            self._in_frame = True
            self._ready = memoryview(self._frame.decompress(piece))
        target = memoryview(buffer)
        size = min(len(target), len(self._ready))
        target[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size


DECOMPRESSORS: tuple[tuple[bytes, Callable[[BinaryIO], object]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
    (b"\x28\xb5\x2f\xfd", _ZstdReader),
)
DAMAGED = (EOFError, zstandard.ZstdError, lzma.LZMAError, gzip.BadGzipFile, zlib.error)


class OpenedFile:
    """An open import file. `encoding`: the one that is in use; `position`: bytes of the file read so far."""

    def __init__(self, raw: BinaryIO, encoding: str | None) -> None:
        self._raw = raw
        head = raw.read(16)
        if other := next((what for magic, what in OTHER_FILES if head.startswith(magic)), None):
            raise UnreadableFile(f"The file is {other}.")
        raw.seek(0)
        opener = next((opener for magic, opener in DECOMPRESSORS if head.startswith(magic)), None)
        self._stream = io.BufferedReader(cast(io.RawIOBase, opener(raw) if opener else raw), BUFFER)
        mark = self._stream.peek(4)[:4]
        marked = next((name for bom, name in BYTE_ORDER_MARKS if mark.startswith(bom)), None)
        self.encoding = codecs.lookup(encoding or marked or "utf-8").name
        io.TextIOWrapper(io.BytesIO(), self.encoding)  # raises LookupError for a codec of other things, such as hex
        if self.encoding in UTF8 and (guess := UNMARKED.get(tuple(byte == 0 for byte in mark))):
            raise UnreadableFile(f"The file looks like {guess} without a byte-order mark. Add: --encoding {guess}")
        if self.encoding == "utf-8" and mark.startswith(codecs.BOM_UTF8):
            self.encoding = "utf-8-sig"

    @property
    def position(self) -> int:
        """The number of bytes of the (compressed) file that have been read."""
        return self._raw.tell()

    def pieces(self, limit: int) -> Iterator[TextLine]:
        """Yield the lines of the file. A longer line than `limit` characters comes in pieces with the same number.

        Raises:
            UnreadableFile: the compressed data is damaged, or the file has another encoding.
        """
        try:
            yield from self._utf8_pieces(limit) if self.encoding in UTF8 else self._other_pieces(limit)
        except (*DAMAGED, OSError) as error:
            raise _damage(error, f"or cut off near byte {self.position}") from error
        except UnicodeError as error:
            raise UnreadableFile(f"The file is not {self.encoding} ({error}). Name its encoding: --encoding") from error

    def _utf8_pieces(self, limit: int) -> Iterator[TextLine]:
        number, start, whole = 1, 0, True
        while piece := self._stream.readline(limit):
            content = piece.removeprefix(codecs.BOM_UTF8) if start == 0 else piece
            while not piece.endswith(b"\n") and len(piece) >= limit and content[-1:] >= b"\x80":  # within a character
                more = self._stream.read(1)
                piece, content = piece + more, content + more
                if not more or (len(piece) > limit + 3):
                    break
            yield TextLine(number, content.decode("utf-8", "surrogateescape"), start)
            whole = piece.endswith(b"\n")
            number, start = number + whole, start + len(piece)

    def _other_pieces(self, limit: int) -> Iterator[TextLine]:
        text = io.TextIOWrapper(self._stream, self.encoding, newline="\n")
        try:
            number = 1
            while piece := text.readline(limit):
                yield TextLine(number, piece.removeprefix("\ufeff") if number == 1 else piece)
                number += piece.endswith("\n")
        finally:
            text.detach()  # otherwise it would close the file


@contextmanager
def opened(path: Path, encoding: str | None) -> Iterator[OpenedFile]:
    """Open a file, compressed or not. `encoding`: None for UTF-8, or what a byte-order mark says.

    Raises:
        UnreadableFile: no such encoding, or damaged compressed data.
        OSError: the file cannot be read.
    """
    with path.open("rb", buffering=0) as raw:
        try:
            file = OpenedFile(raw, encoding)
        except (LookupError, ValueError) as error:
            raise UnreadableFile(f"There is no encoding called {encoding}. Try latin-1, cp1252 or utf-16.") from error
        except (*DAMAGED, OSError) as error:
            raise _damage(error, "or cut off near its start") from error
        yield file


def _damage(error: Exception, where: str) -> Exception:
    """Return what to raise: an error of the disk has a number, and one of the compressed data has none."""
    if isinstance(error, OSError) and error.errno is not None:
        return error
    return UnreadableFile(f"The compressed file is damaged {where}: {error}")
