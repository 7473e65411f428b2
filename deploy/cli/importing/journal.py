"""How far an import has come, on disk: the same command after an interruption goes on from there."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deploy.cli.importing.source import Position, RefusedRow
from deploy.installation.atomic_file import write_atomically


@dataclass
class Progress:
    """What has been submitted. `refused` counts by code; `seconds` is time spent submitting, over all runs."""

    line: int = 0
    offset: int = 0
    accepted: int = 0
    repeated: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    first_sequence: int = 0  # the log's last sequence when the import began: its decisions come behind it

    @property
    def position(self) -> Position:
        """Where to go on reading."""
        return Position(self.line, self.offset)

    @property
    def submitted(self) -> int:
        """Rows that have been dealt with."""
        return self.accepted + self.repeated + sum(self.refused.values())

    def add_refused(self, refused: list[RefusedRow]) -> None:
        """Count rows that did not go in."""
        self.refused = dict(Counter(self.refused) + Counter(row.code for row in refused))


class Journal:
    """One import's progress, and beside it the list of what was refused."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = folder / f"{name}.json"
        self.refused_file = folder / f"{name}.refused.jsonl"

    def load(self) -> Progress:
        """What was written last; the beginning where nothing was."""
        try:
            return Progress(**json.loads(self._file.read_text()))
        except FileNotFoundError:
            return Progress()

    def save(self, progress: Progress, refused: list[RefusedRow]) -> None:
        """Note the refused rows, then the progress, in one move each: a crash in between repeats a batch at most."""
        if refused:
            self.refused_file.touch(mode=0o600)
            with self.refused_file.open("a") as report:
                report.writelines(f"{json.dumps(asdict(row), ensure_ascii=False)}\n" for row in refused)
        write_atomically(self._file, json.dumps(asdict(progress)))

    def forget(self) -> None:
        """Begin again from the first row."""
        self._file.unlink(missing_ok=True)
        self.refused_file.unlink(missing_ok=True)
