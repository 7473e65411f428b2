"""A view that is stored on disk cannot change its form or its fold without a new version."""

from dataclasses import replace

import pytest

from tests.contract.view_versions import VIEWS, View, approved, code_of, digest, present


@pytest.mark.parametrize("name", VIEWS)
def test_the_stored_form_and_the_fold_of_a_view_are_the_approved_ones(name: str) -> None:
    assert approved()[name] == present()[name], (
        f"{name} stores or folds differently: raise its version, then run: python -m tests.contract.view_versions"
        " (with --refactoring and the same version if a rebuild gives exactly what is stored)"
    )


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_each_source_and_each_table_changes_the_digest(view: View) -> None:
    changed = [replace(view, sources=tuple(kept for kept in view.sources if kept != left)) for left in view.sources]
    changed.append(replace(view, tables=(*view.tables, ("another", "id TEXT"))))
    assert len({digest(view), *map(digest, changed)}) == len(changed) + 1


def test_docstrings_and_comments_do_not_count() -> None:
    code = code_of("services/embeddings/domain.py::title_key")
    assert code.startswith("def title_key(title: str) -> str:\n    return ")
