"""The load generator's journal, fsynced outside the system: the intent before each post, the answer after it."""

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from shared.content import Content
from tests.faults.invariants import Answer


@dataclass(frozen=True)
class Intent:
    """A submission before it is sent."""

    post_id: str
    author_id: str
    community: str
    title: str
    body: str

    @property
    def content(self) -> Content:
        """The submitted content."""
        return Content(title=self.title, body=self.body)


class Journal:
    """A file with one line per intent and per answer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("ab")

    def record_intent(self, intent: Intent) -> None:
        """Record a submission before it is sent."""
        self._write({"intent": vars(intent)})

    def record_answer(self, post_id: str, answer: Answer) -> None:
        """Record the answer to one attempt."""
        self._write({"post_id": post_id, **vars(answer)})

    def read(self) -> list[tuple[Intent, tuple[Answer, ...]]]:
        """Read every intent with its answers."""
        intents: list[Intent] = []
        answers: defaultdict[str, list[Answer]] = defaultdict(list)
        for line in self._path.read_bytes().splitlines():
            row = orjson.loads(line)
            if "intent" in row:
                intents.append(Intent(**row["intent"]))
            else:
                answers[row["post_id"]].append(Answer(row["kind"], row["sequence"]))
        return [(intent, tuple(answers[intent.post_id])) for intent in intents]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, row: dict[str, Any]) -> None:
        self._file.write(orjson.dumps(row) + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
