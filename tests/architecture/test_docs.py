"""Checks that the documentation agrees with the code."""

import re
from pathlib import Path

import pytest

from shared.security.capabilities import as_markdown
from tests.architecture.source_files import ROOT, SERVICES

PAGES = sorted(
    [
        "README.md",
        "DECISIONS.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        *(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")),
    ]
)
CODE = re.compile(r"`([^`\n]+)`")
# A word of a code span that starts with a top-level folder; `<name>` and `*` mark patterns, which are not checked.
PATH = re.compile(r"(?<!\S)((?:services|shared|deploy|client|tests|docs)/[\w./-]*\w/?)(?=[\s:#]|$)")
# A file or a folder below a service, such as `domain.py`, `engines/` or `view/tables.py`.
FILE = re.compile(r"[\w/]+(?:\.py|/)")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
BUILT = {"client/dist"}  # exists after `make up` only
SHORTEST_DECISION, LONGEST_DECISION = 6, 12
FILES_TO_THE_DECISION = 4


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def test_the_table_of_capabilities_in_the_docs_is_current() -> None:
    assert read("docs/capabilities.md") == as_markdown(), "run: make generate"


@pytest.mark.parametrize("page", PAGES)
def test_every_path_and_link_of_a_page_exists(page: str) -> None:
    text = read(page)
    named = {path for code in CODE.findall(text) for path in PATH.findall(code)} - BUILT
    missing = [path for path in named if not (ROOT / path).exists()]
    missing += [link for link in LINK.findall(text) if not (ROOT / Path(page).parent / link).exists()]
    assert not missing, f"{page} names paths that do not exist: {missing}"


@pytest.mark.parametrize("service", SERVICES)
def test_every_file_that_the_readme_of_a_service_names_exists(service: str) -> None:
    folder = ROOT / "services" / service
    named = {span for span in CODE.findall(read(f"services/{service}/README.md")) if FILE.fullmatch(span)}
    missing = [name for name in named if not any(folder.rglob(name)) and not (ROOT / name).exists()]
    assert not missing, f"services/{service}/README.md names files that do not exist: {missing}"


def test_the_readme_names_every_file_from_make_up_to_the_decision() -> None:
    way = read("README.md").split("### From `make up` to the line that decides")[1]
    steps = re.findall(r"^\d+\. `([^`]+)`", way, flags=re.MULTILINE)
    for index, step in enumerate(steps[1:], 1):
        module = step.removesuffix(".py").replace("/", ".")
        earlier = [read(other) for other in steps[:index]]
        assert step.endswith("/__main__.py") or any(module in text for text in earlier), f"no step leads to {step}"
    assert len([step for step in steps if step.startswith("services/")]) <= FILES_TO_THE_DECISION
    assert "def decide(" in read(steps[-1])


def test_decisions_are_numbered_and_short() -> None:
    _, *decisions = re.split(r"^## ", read("DECISIONS.md"), flags=re.MULTILINE)
    for number, decision in enumerate(decisions, 1):
        title, *body = decision.strip().splitlines()
        lines = [line for line in body if line.strip()]
        assert title.startswith(f"{number}. "), title
        assert SHORTEST_DECISION <= len(lines) <= LONGEST_DECISION, f"{title}: {len(lines)} lines"


def test_the_index_of_decisions_names_each_one_with_its_test() -> None:
    text = read("DECISIONS.md")
    titles = re.findall(r"^## (\d+\. .+)$", text, flags=re.MULTILINE)
    index = re.findall(r"^- (\d+\. .+): (?:`tests/|`client/|no test)", text, flags=re.MULTILINE)
    assert sorted(index) == sorted(titles)
