"""Damaged and generated import files: each is read, refused row by row, or refused as a whole with a reason."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.cli.importing.detection import PRESETS
from deploy.cli.importing.options import Options
from deploy.cli.importing.preparation import stage
from deploy.cli.importing.row_builder import RowBuilder
from deploy.cli.importing.source.opened_file import UnreadableFile
from deploy.cli.importing.source.rows import Findings, Record
from deploy.cli.importing.staging import Place
from deploy.cli.importing.summary import created, refusals, remarks
from tests.deploy.test_import_cases import NOW, OWN
from tests.deploy.test_import_files import COMPRESSIONS, CONTAINERS, ROWS
from tests.fuzz.conftest import Fuzz
from tests.fuzz.generated import JSON

CASES = [json.loads(line)["row"] for line in OWN.read_text(encoding="utf-8").splitlines()]
XML = "<posts>\n" + '<row Id="1" PostTypeId="1" Body="&lt;p&gt;a&#xA;b" Title="é"/>\n' * 3 + "</posts>"
FILES = {name: make(ROWS) for name, make in CONTAINERS.items()} | {"xml": XML}
# What damage, editors and table tools put into files.
SCRAPS = st.sampled_from(
    [b"", b"1e9", b"\x00", b"\r", b"\n", b'"', b"\xff", b"\xef\xbb\xbf", b"{", b"]", b"<", b"&x;", b"&#0;", b"\\ud800",
     b"9" * 5000, b"[" * 3000, b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b",,,,,,,,", b"\\u0000", "\ufeff".encode("utf-16")]
)  # fmt: skip


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("container", FILES)
def test_a_damaged_file_is_imported_or_refused_with_a_reason(
    container: str, compression: str, tmp_path: Path, fuzz: Fuzz
) -> None:
    whole = FILES[container].encode()

    @given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 20), SCRAPS), max_size=4), st.booleans())
    def check(cuts: list[tuple[float, int, bytes]], after: bool) -> None:
        content = COMPRESSIONS[compression](whole) if after else whole
        for place, size, scrap in cuts:
            start = int(place * len(content))
            content = content[:start] + scrap + content[start + size :]
        stage_and_report(tmp_path, content if after else COMPRESSIONS[compression](content))

    fuzz(check)


def stage_and_report(folder: Path, content: bytes) -> None:
    """Read a file as a dry run does."""
    file, rows = folder / "file", folder / "rows"
    file.write_bytes(content)
    with suppress(UnreadableFile):
        staging = stage(file, Options(), rows, now=NOW, at=lambda _: None)
        json.dumps([row.row.post for row in staging.in_order(Place())])
        assert "\n".join([created(staging), *remarks(staging), *refusals(staging.refused())]).encode()
        staging.close()
        rows.unlink()
    assert not rows.exists()


@pytest.mark.parametrize("preset", [None, *PRESETS])
def test_a_row_with_any_values_is_built_or_refused(preset: str | None, fuzz: Fuzz) -> None:
    values = JSON | st.sampled_from(
        [0, "0", 0.0, 1e400, float("nan"), 10**25, 10**400, "\ud800", "\x00", "\u200b", "3.0"]
    )

    @given(st.sampled_from(CASES), st.dictionaries(st.integers(0, 20), values, max_size=4))
    def check(row: dict[str, Any], changes: dict[int, Any]) -> None:
        names = list(row)
        fields = row | {names[at % len(names)]: value for at, value in changes.items()}
        findings = Findings()
        built = RowBuilder(Options(format=preset), NOW, findings).build(Record(1, fields))
        assert built is None or str(built)

    fuzz(check)


def test_deeply_nested_values_are_refused_or_left_out(tmp_path: Path) -> None:
    deep = "[" * 900 + "]" * 900
    lines = []
    for row in CASES:
        for name in row:
            others = {field: value for field, value in row.items() if field != name}
            lines.append(f'{json.dumps(others)[:-1]}, "{name}": {deep}}}\n')
    stage_and_report(tmp_path, "".join(lines).encode())
