"""The journal of an import."""

from pathlib import Path

from deploy.cli.importing.journal import Journal, Progress
from deploy.cli.importing.source.rows import RefusedRow
from deploy.cli.importing.staging import Place

REFUSED = [
    RefusedRow(2, "b", "empty", "nothing"),
    RefusedRow(5, "e", "invalid", "score"),
    RefusedRow(6, "f", "empty", "nothing"),
]


def test_saved_progress_is_loaded(tmp_path: Path) -> None:
    progress = Progress(level=1, seq=300, accepted=3, seconds=1.5, first_sequence=11)
    progress.add_refused(REFUSED)
    Journal(tmp_path, "file").save(progress, REFUSED)

    loaded = Journal(tmp_path, "file").load()

    assert loaded == progress
    assert (loaded.place, loaded.submitted, loaded.refused) == (Place(1, 300), 6, {"empty": 2, "invalid": 1})


def test_every_file_has_its_own_journal(tmp_path: Path) -> None:
    Journal(tmp_path, "one").save(Progress(seq=1), [])

    assert Journal(tmp_path, "other").load() == Progress()


def test_the_report_of_refused_rows_grows_with_each_batch(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "file")
    journal.save(Progress(), REFUSED[:1])
    journal.save(Progress(), REFUSED[1:])

    journal.save(Progress(), REFUSED[1:])  # a batch that was sent again after a crash

    assert list(journal.refused()) == REFUSED


def test_a_reset_import_starts_from_the_first_row(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "file")
    journal.save(Progress(seq=9), REFUSED)

    journal.reset()

    assert journal.load() == Progress()
    assert not journal.refused_file.exists()


def test_a_changed_file_after_an_interrupted_import_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "posts.jsonl"
    before = Journal(tmp_path / "imports", "before")
    before.begin(file)
    after = Journal(tmp_path / "imports", "after")
    assert after.interrupted_before(file) is None, "nothing was submitted"

    progress = before.load()
    progress.accepted = 4
    before.save(progress)
    found = after.interrupted_before(file)
    assert found is not None
    assert found.submitted == 4
    assert before.interrupted_before(file) is None
    assert after.interrupted_before(tmp_path / "other.jsonl") is None

    progress.finished = True
    before.save(progress)
    assert after.interrupted_before(file) is None


def test_a_journal_of_another_version_starts_from_the_first_row(tmp_path: Path) -> None:
    (tmp_path / "file.json").write_text('{"line": 5, "offset": 100}')
    assert Journal(tmp_path, "file").load() == Progress()
