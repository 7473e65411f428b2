"""Previews bind nobody: whoever decides, indexes, orders or writes facts does not even know them."""

import pytest

from tests.architecture.source_files import Module, modules

# The doors through which previews come in, and the view that measures them.
MAY_KNOW = ("services.gateway.previews", "services.gateway.drift", "services.gateway.review.routes")
MEASURES = "services.gateway.drift"
MAY_MEASURE = (MEASURES, "services.gateway.app", "services.gateway.dependencies")


def importers(name: str, *folders: str) -> list[Module]:
    """Modules that import the named one, or anything below it."""
    return [
        module
        for module in modules(*folders)
        if any(imported == name or imported.startswith(f"{name}.") for imported in module.imports)
    ]


@pytest.mark.parametrize("service", ["moderation", "embeddings", "ranking"])
def test_no_other_service_knows_previews(service: str) -> None:
    assert importers("shared.log.preview_records", f"services/{service}") == []


def test_in_the_gateway_only_their_own_rooms_know_them() -> None:
    known = [module.name for module in importers("shared.log.preview_records", "services/gateway")]
    assert known
    assert [name for name in known if not name.startswith(MAY_KNOW)] == []


def test_nothing_that_writes_asks_the_drift_view() -> None:
    knows = [module.name for module in importers(MEASURES, "services/gateway")]
    assert knows
    assert [name for name in knows if not name.startswith(MAY_MEASURE)] == []
