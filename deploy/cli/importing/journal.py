"""The progress of an import on disk, so that the same command continues after an interruption."""

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deploy.cli.importing.batches import MAX_ROWS
from deploy.cli.importing.source.rows import RefusedRow
from deploy.cli.importing.staging import Place, delete_staging
from deploy.installation.atomic_file import write_atomically


@dataclass
class Progress:
    """Submitted rows. `refused` counts by code; `seconds` is the time spent submitting in all runs."""

    level: int = -1
    seq: int = -1
    accepted: int = 0
    repeated: int = 0
    refused: dict[str, int] = field(default_factory=dict)  # by the gateway
    seconds: float = 0.0
    first_sequence: int = 0  # the log's last sequence when the import began: its decisions come after it
    file: str = ""  # the path of the file
    finished: bool = False

    @property
    def place(self) -> Place:
        """The place after which to continue."""
        return Place(self.level, self.seq)

    @property
    def submitted(self) -> int:
        """The number of rows that were accepted, repeated or refused by the gateway."""
        return self.accepted + self.repeated + sum(self.refused.values())

    def add_refused(self, refused: Iterable[RefusedRow]) -> None:
        """Count refused rows by code."""
        self.refused = dict(Counter(self.refused) + Counter(row.code for row in refused))


class Journal:
    """The files of one import: its progress, its staged rows, and the rows that the gateway refused."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._file = folder / f"{name}.json"
        self.staging_file = folder / f"{name}.rows"
        self.refused_file = folder / f"{name}.refused.jsonl"

    def load(self) -> Progress:
        """Return the saved progress, or a new one if there is none that this version can read."""
        try:
            return Progress(**json.loads(self._file.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return Progress()

    def begin(self, path: Path) -> None:
        """Note the file's path when its import begins."""
        progress = self.load()
        if not progress.file:
            progress.file = str(path.resolve())
            self.save(progress)

    def save(self, progress: Progress, refused: Iterable[RefusedRow] = ()) -> None:
        """Save refused rows, then the progress: a crash in between repeats at most one batch."""
        lines = [f"{refused_as_json(row)}\n" for row in refused]
        if lines:
            self.refused_file.touch(mode=0o600)
            with self.refused_file.open("a") as report:
                report.writelines(lines)
        write_atomically(self._file, json.dumps(asdict(progress)))

    def refused(self) -> Iterator[RefusedRow]:
        """Yield the rows that the gateway refused, each once: there can be millions, with their texts.

        A crash repeats at most the last batch, so only the rows of two batches are remembered.
        """
        if not self.refused_file.exists():
            return
        recent = deque[tuple[int, str]](maxlen=2 * MAX_ROWS)
        with self.refused_file.open() as lines:
            for line in lines:
                row = RefusedRow(**json.loads(line))
                if (row.line, row.id) not in recent:
                    recent.append((row.line, row.id))
                    yield row

    def reset(self) -> None:
        """Delete the progress, so that the import starts from the first row."""
        self._file.unlink(missing_ok=True)
        self.refused_file.unlink(missing_ok=True)
        self.delete_staging()

    def delete_staging(self) -> None:
        """Delete the staged rows."""
        delete_staging(self.staging_file)

    def interrupted_before(self, file: Path) -> Progress | None:
        """Return an unfinished import of a file with this path and other content, or with other options."""
        for path in sorted(self._folder.glob("*.json")):
            progress = Journal(self._folder, path.stem).load()
            if (
                path != self._file
                and progress.file == str(file.resolve())
                and progress.submitted
                and not progress.finished
            ):
                return progress
        return None


def refused_as_json(row: RefusedRow) -> str:
    """Return a refused row as one line of JSON."""
    shown = {"line": row.line, "id": row.id, "code": row.code, "reason": row.reason, "row": row.row}
    return json.dumps(shown, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()
