"""Data and cases that were collected outside of the project. Tests are skipped where they are absent."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

DATA = Path(os.environ.get("OTTIT_TEST_DATA", Path(__file__).parents[1].parent / "shared" / "data"))
CASES = DATA.parent / "cases"


def cases(name: str) -> list[Any]:
    """Return the rows under `cases` of a collected file, as parameters of a test."""
    file = CASES / name
    if not file.is_file():
        return [pytest.param(None, None, marks=pytest.mark.skip(reason=f"{name} is not beside the project"))]
    return [pytest.param(*row) for row in json.loads(file.read_text(encoding="utf-8"))["cases"]]
