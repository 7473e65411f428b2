"""The page of settings is current, and every setting has its reason."""

import pytest

from deploy import settings_reference
from deploy.installation.settings import ROOT


def test_the_generated_page_is_current() -> None:
    written = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert written == settings_reference.as_markdown(), "run: make generate"


@pytest.mark.parametrize("place", settings_reference.CLASSES, ids=lambda place: place[1])
def test_every_setting_has_its_reason(place: tuple[str, str, str]) -> None:
    _, module, name = place
    rows = list(settings_reference.rows(settings_reference.settings_class(module, name)))
    assert rows
    assert [row.name for row in rows if not row.reason] == []
