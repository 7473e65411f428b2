"""What is written about the code is true of the code."""

import re

import pytest

from shared.capabilities import as_markdown
from tests.architecture.source import ROOT

PAGES = ("README.md", "DECISIONS.md", "CONTRIBUTING.md")
# A word in code marks that is a path of this repository.
PATH = re.compile(r"`((?:services|shared|deploy|client|tests|docs)/[\w./-]*\w/?)`")
SHORTEST_DECISION, LONGEST_DECISION = 6, 12
FILES_TO_THE_DECISION = 4


def test_the_table_of_capabilities_in_the_docs_is_current() -> None:
    written = (ROOT / "docs" / "capabilities.md").read_text(encoding="utf-8")
    assert written == as_markdown(), "run: python -m shared.capabilities > docs/capabilities.md"


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_exists(page: str) -> None:
    named = PATH.findall((ROOT / page).read_text(encoding="utf-8"))
    assert named
    missing = [path for path in named if not (ROOT / path).exists()]
    assert not missing


def test_the_readme_leads_to_the_line_that_decides_in_four_files() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    way = text.split("## From `make up` to the line that decides")[1].split("\n## ")[0]
    steps = re.findall(r"^\d\. `([^`]+)`", way, flags=re.MULTILINE)
    assert 1 < len(steps) <= FILES_TO_THE_DECISION
    assert all((ROOT / step).is_file() for step in steps)
    assert "def decide(" in (ROOT / steps[-1]).read_text(encoding="utf-8")


def test_decisions_are_numbered_and_short() -> None:
    text = (ROOT / "DECISIONS.md").read_text(encoding="utf-8")
    _, *decisions = re.split(r"^## ", text, flags=re.MULTILINE)
    for number, decision in enumerate(decisions, 1):
        title, *body = decision.strip().splitlines()
        lines = [line for line in body if line.strip()]
        assert title.startswith(f"{number}. "), title
        assert SHORTEST_DECISION <= len(lines) <= LONGEST_DECISION, f"{title}: {len(lines)} lines"
