"""The progress of an import on disk, so that the same command continues after an interruption."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deploy.cli.importing.source import Position, RefusedRow
from deploy.installation.atomic_file import write_atomically


@dataclass
class Progress:
    """Submitted rows. `refused` counts by code; `seconds` is the time spent submitting in all runs."""

    line: int = 0
    offset: int = 0
    accepted: int = 0
    repeated: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    first_sequence: int = 0  # the log's last sequence when the import began: its decisions come after it

    @property
    def position(self) -> Position:
        """The position from which to continue reading."""
        return Position(self.line, self.offset)

    @property
    def submitted(self) -> int:
        """The number of rows that were accepted, repeated or refused."""
        return self.accepted + self.repeated + sum(self.refused.values())

    def add_refused(self, refused: list[RefusedRow]) -> None:
        """Count refused rows by code."""
        self.refused = dict(Counter(self.refused) + Counter(row.code for row in refused))


class Journal:
    """The files of one import: its progress and its refused rows."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = folder / f"{name}.json"
        self.refused_file = folder / f"{name}.refused.jsonl"

    def load(self) -> Progress:
        """Return the saved progress, or a new one."""
        try:
            return Progress(**json.loads(self._file.read_text()))
        except FileNotFoundError:
            return Progress()

    def save(self, progress: Progress, refused: list[RefusedRow]) -> None:
        """Save refused rows, then the progress: a crash in between repeats at most one batch."""
        if refused:
            self.refused_file.touch(mode=0o600)
            with self.refused_file.open("a") as report:
                report.writelines(f"{json.dumps(asdict(row), ensure_ascii=False)}\n" for row in refused)
        write_atomically(self._file, json.dumps(asdict(progress)))

    def reset(self) -> None:
        """Delete the progress, so that the import starts from the first row."""
        self._file.unlink(missing_ok=True)
        self.refused_file.unlink(missing_ok=True)
