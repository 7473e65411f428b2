"""The journal of an import."""

import json
from pathlib import Path

from deploy.cli.importing.journal import Journal, Progress
from deploy.cli.importing.source import Position, RefusedRow

REFUSED = [
    RefusedRow(2, "b", "empty", "nothing"),
    RefusedRow(5, "e", "invalid", "score"),
    RefusedRow(6, "f", "empty", "nothing"),
]


def test_saved_progress_is_loaded(tmp_path: Path) -> None:
    progress = Progress(line=6, offset=300, accepted=3, seconds=1.5, first_sequence=11)
    progress.add_refused(REFUSED)
    Journal(tmp_path, "file").save(progress, REFUSED)

    loaded = Journal(tmp_path, "file").load()

    assert loaded == progress
    assert (loaded.position, loaded.submitted, loaded.refused) == (Position(6, 300), 6, {"empty": 2, "invalid": 1})


def test_every_file_has_its_own_journal(tmp_path: Path) -> None:
    Journal(tmp_path, "one").save(Progress(line=1), [])

    assert Journal(tmp_path, "other").load() == Progress()


def test_the_report_of_refused_rows_grows_with_each_batch(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "file")
    journal.save(Progress(), REFUSED[:1])
    journal.save(Progress(), REFUSED[1:])

    rows = [json.loads(line) for line in journal.refused_file.read_text().splitlines()]

    assert [(row["line"], row["id"], row["code"]) for row in rows] == [
        (2, "b", "empty"),
        (5, "e", "invalid"),
        (6, "f", "empty"),
    ]


def test_a_reset_import_starts_from_the_first_row(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "file")
    journal.save(Progress(line=9), REFUSED)

    journal.reset()

    assert journal.load() == Progress()
    assert not journal.refused_file.exists()
