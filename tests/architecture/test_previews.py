"""Previews are not binding: no code that decides, indexes, ranks or writes facts imports them."""

import pytest

from tests.architecture.source_files import Module, modules

# The modules that receive previews, and the drift view.
MAY_IMPORT_PREVIEWS = ("services.gateway.previews", "services.gateway.drift")
DRIFT = "services.gateway.drift"
MAY_IMPORT_DRIFT = (DRIFT, "services.gateway.app", "services.gateway.dependencies")


def importers(name: str, *folders: str) -> list[Module]:
    """Return the modules that import a module or package."""
    return [
        module
        for module in modules(*folders)
        if any(imported == name or imported.startswith(f"{name}.") for imported in module.imports)
    ]


@pytest.mark.parametrize("service", ["moderation", "embeddings", "ranking"])
def test_no_other_service_imports_preview_records(service: str) -> None:
    assert importers("shared.log.preview_records", f"services/{service}") == []


def test_in_the_gateway_only_listed_modules_import_preview_records() -> None:
    found = [module.name for module in importers("shared.log.preview_records", "services/gateway")]
    assert found
    assert [name for name in found if not name.startswith(MAY_IMPORT_PREVIEWS)] == []


def test_only_listed_modules_import_the_drift_view() -> None:
    found = [module.name for module in importers(DRIFT, "services/gateway")]
    assert found
    assert [name for name in found if not name.startswith(MAY_IMPORT_DRIFT)] == []
