"""Writes the table of the language detection: `npm pack eld@2.1.0`, then
`python -m tests.contract.make_language_table eld-2.1.0.tgz`.

The n-grams come from `eld` (Efficient Language Detector, Nito T.M., Apache-2.0), its smallest set. Kept are the
languages whose script several languages share; all others are told apart by their script alone. Server and client read
the same file, because `eld` for Python is an older version with other n-grams and another formula.
"""

import hashlib
import json
import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

FILE = Path(__file__).parents[2] / "shared" / "policy" / "language_table.json"
SOURCE, SHA256 = "eld 2.1.0 (Nito T.M., Apache-2.0)", "fe66b63efcd1b7315a7ae79964dbee17f27294d831833c72ef5e58a7ac9e3e57"
# By script, the most used first: of two with about the same evidence, that is more likely. `und-` names texts in other
# languages of the script.
BY_NGRAMS = {
    "Latn": "en es pt fr de it tr vi ms nl pl ro hu cs sv da no fi tl az yo hr ca sk sl lt lv et is sq eu",
    "Cyrl": "ru uk bg sr be und-Cyrl",
    "Arab": "ar fa ur ku und-Arab",
    "Deva": "hi mr und-Deva",
}
# First and last code point of each script, and its only language; or the script, for the languages above and for Han,
# which several languages write. A block's punctuation and digits do no harm. https://www.unicode.org/Public/UCD/latest/
SCRIPTS: tuple[tuple[int, int, str], ...] = (
    (0x41, 0x5A, "Latn"), (0x61, 0x7A, "Latn"), (0xC0, 0xD6, "Latn"), (0xD8, 0xF6, "Latn"), (0xF8, 0x24F, "Latn"),
    (0x300, 0x36F, "Latn"), (0x370, 0x3FF, "el"), (0x400, 0x52F, "Cyrl"), (0x531, 0x58F, "hy"), (0x591, 0x5F4, "he"),
    (0x620, 0x65F, "Arab"), (0x66E, 0x6D3, "Arab"), (0x6D5, 0x6EF, "Arab"), (0x6FA, 0x6FF, "Arab"),
    (0x710, 0x74F, "syr"), (0x750, 0x77F, "Arab"), (0x780, 0x7B1, "dv"), (0x7CA, 0x7FA, "nqo"), (0x8A0, 0x8FF, "Arab"),
    (0x900, 0x963, "Deva"), (0x971, 0x97F, "Deva"), (0x980, 0x9E3, "bn"), (0x9F0, 0x9FE, "bn"), (0xA01, 0xA65, "pa"),
    (0xA70, 0xA76, "pa"), (0xA81, 0xAE3, "gu"), (0xB01, 0xB63, "or"), (0xB82, 0xBD7, "ta"), (0xC00, 0xC63, "te"),
    (0xC80, 0xCE3, "kn"), (0xD00, 0xD63, "ml"), (0xD81, 0xDF4, "si"), (0xE01, 0xE4E, "th"), (0xE81, 0xECD, "lo"),
    (0xEDC, 0xEDF, "lo"), (0xF00, 0xFBC, "bo"), (0x1000, 0x109F, "my"), (0x10A0, 0x10FF, "ka"), (0x1100, 0x11FF, "ko"),
    (0x1200, 0x135A, "am"), (0x13A0, 0x13FD, "chr"), (0x1400, 0x167F, "iu"), (0x1780, 0x17D3, "km"),
    (0x1820, 0x18AA, "mn"), (0x1C50, 0x1C7D, "sat"), (0x1C90, 0x1CBF, "ka"), (0x1E00, 0x1EFF, "Latn"),
    (0x1F00, 0x1FFE, "el"), (0x2D30, 0x2D7F, "zgh"), (0x3005, 0x3007, "Hani"), (0x3041, 0x309F, "ja"),
    (0x30A1, 0x30FA, "ja"), (0x30FC, 0x30FF, "ja"), (0x3105, 0x312F, "zh"), (0x3131, 0x318E, "ko"),
    (0x31F0, 0x31FF, "ja"), (0x3400, 0x4DBF, "Hani"), (0x4E00, 0x9FFF, "Hani"), (0xA000, 0xA48C, "ii"),
    (0xA8E0, 0xA8FF, "Deva"), (0xAC00, 0xD7FB, "ko"), (0xF900, 0xFAD9, "Hani"), (0xFB1D, 0xFB4F, "he"),
    (0xFB50, 0xFDFB, "Arab"), (0xFE70, 0xFEFC, "Arab"), (0xFF66, 0xFF9F, "ja"), (0x20000, 0x323AF, "Hani"),
)  # fmt: skip
# The source subtracted this from every score, and the table keeps scores in steps, as one digit of base 36.
BASE, STEP = 53, 6
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def table(archive: Path) -> dict[str, object]:
    """Return the table: see `shared/policy/languages.py` for its parts."""
    if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{archive} is not the archive that this script was written for: {SOURCE}")
    languages = [language for group in BY_NGRAMS.values() for language in group.split()]
    letter = dict(zip(languages, LETTERS, strict=False))
    ngrams = {
        gram: "".join(f"{letter[one]}{DIGITS[round(score / STEP)]}" for one, score in scores if one in letter)
        for gram, scores in _ngrams(archive)
    }
    return {
        "source": SOURCE,
        "base": BASE,
        "step": STEP,
        "languages": {script: {letter[one]: one for one in group.split()} for script, group in BY_NGRAMS.items()},
        "scripts": SCRIPTS,
        "ngrams": {gram: scores for gram, scores in sorted(ngrams.items()) if scores},
    }


def _ngrams(archive: Path) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Yield each n-gram (bytes of UTF-8, one character for each) with its scores by language."""
    with tarfile.open(archive) as package:
        dictionary, grams = (_read(package, f"package/src/{name}.js") for name in ("dictionary", "ngrams/extrasmall"))
    quoted = re.findall(r"'(\\?.)'", dictionary.partition("[")[2])
    byte_of = {char: byte for byte, char in enumerate(quoted) if byte >= 0x80 and char != " "}
    head, _, body = grams.partition("ngrams:{")
    names = re.findall(r"\d+:'(\w+)'", head)
    for quoted_gram, scores in re.findall(r"""((?:'(?:\\.|[^'])*'|"[^"]*"|[^,{}'"]+)):\{([\d:,]+)\}""", body):
        gram = re.sub(r"\\(.)", r"\1", quoted_gram[1:-1] if quoted_gram[0] in "\"'" else quoted_gram)
        pairs = (pair.split(":") for pair in scores.split(","))
        yield "".join(chr(byte_of.get(char, ord(char))) for char in gram), [(names[int(a)], int(b)) for a, b in pairs]


def _read(package: tarfile.TarFile, name: str) -> str:
    file = package.extractfile(name)
    if file is None:
        raise SystemExit(f"{name} is missing in the archive")
    return file.read().decode()


if __name__ == "__main__":
    FILE.write_text(json.dumps(table(Path(sys.argv[1])), ensure_ascii=False, separators=(",", ":")) + "\n")
