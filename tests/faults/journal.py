"""What the load generator meant to do and what came of it, fsynced outside the system: intent before, outcome after."""

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
    """A submission that is about to be sent."""

    post_id: str
    author_id: str
    community: str
    title: str
    body: str

    @property
    def content(self) -> Content:
        """What the author wrote."""
        return Content(title=self.title, body=self.body)


class Journal:
    """One line for each intent and each outcome."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("ab")

    def intend(self, intent: Intent) -> None:
        """Before anything is sent."""
        self._write({"intent": vars(intent)})

    def learn(self, post_id: str, answer: Answer) -> None:
        """After each attempt."""
        self._write({"post_id": post_id, **vars(answer)})

    def read(self) -> list[tuple[Intent, tuple[Answer, ...]]]:
        """Every intent with its answers, from the file."""
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
