"""The reference of settings is what the classes say, and every setting says why it is as it is."""

import pytest

from deploy import reference
from deploy.installation.settings import ROOT


def test_the_page_is_the_one_that_the_classes_make() -> None:
    written = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert written == reference.as_markdown(), "python -m deploy.reference > docs/configuration.md"


@pytest.mark.parametrize("place", reference.CLASSES, ids=lambda place: place[1])
def test_every_setting_has_its_reason(place: tuple[str, str, str]) -> None:
    _, module, name = place
    rows = list(reference.rows(reference.settings_class(module, name)))
    assert rows
    assert [row.name for row in rows if not row.reason] == []
