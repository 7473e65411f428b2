"""The gateway's folders form layers: features know `http` and `view`, never the other way round."""

from collections import defaultdict
from functools import cache

from tests.architecture.source_files import ROOT, Module, modules

GATEWAY = "services.gateway"
FEATURES_KNOW = ("http", "view")
# A feature offers its reads, its writes and the models that others nest; everything else in it is private.
OFFERED = ("queries", "commands", "schemas")
COMPOSITION = ("app", "dependencies", "projections")
MOST_ROOT_FILES = 8


def folder_of(name: str) -> str:
    """Return the folder of a gateway module; empty for a module at the root."""
    parts = name.removeprefix(f"{GATEWAY}.").split(".")
    return parts[0] if len(parts) > 1 else ""


def folders() -> list[str]:
    return sorted({path.parent.name for path in (ROOT / "services" / "gateway").glob("*/*.py")})


@cache
def imported(module: Module) -> set[str]:
    """Return the gateway modules that a module imports, also those named by `from folder import module`."""
    inside = {other.name for other in modules("services/gateway")}
    named = {f"{origin}.{name}" for origin, name in module.imported_names} | set(module.imports)
    return {name for name in named if name in inside and name.startswith(f"{GATEWAY}.")}


@cache
def graph() -> dict[str, set[str]]:
    """Return each folder with the other folders that it imports."""
    found: dict[str, set[str]] = defaultdict(set)
    for module in modules("services/gateway"):
        if folder := folder_of(module.name):
            found[folder] |= {folder_of(name) for name in imported(module)} - {folder, ""}
    return found


def test_http_and_view_know_no_feature() -> None:
    known = graph()
    assert known["http"] == set()
    assert known["view"] == set()


def test_no_two_folders_import_each_other_not_even_in_a_circle() -> None:
    known = {folder: graph()[folder] for folder in folders()}
    while free := [folder for folder, needs in known.items() if not needs]:
        known = {folder: needs - {*free} for folder, needs in known.items() if folder not in free}
    assert known == {}, "these folders import each other in a circle"


def test_a_feature_uses_another_one_through_its_queries_commands_and_schemas() -> None:
    for module in modules("services/gateway"):
        folder = folder_of(module.name)
        for name in imported(module):
            other, _, part = name.removeprefix(f"{GATEWAY}.").partition(".")
            if folder and part and other not in (folder, *FEATURES_KNOW):
                assert part in OFFERED, f"{module.place} imports {name}"


def test_only_the_composition_at_the_root_knows_all_features() -> None:
    for module in modules("services/gateway"):
        at_root = [name for name in imported(module) if not folder_of(name)]
        composition = [name for name in at_root if name.removeprefix(f"{GATEWAY}.") in COMPOSITION]
        runs = '__name__ == "__main__"' in module.text
        assert not composition or runs or not folder_of(module.name), f"{module.place} imports {composition}"


def test_the_root_holds_only_what_every_service_has() -> None:
    assert len(list((ROOT / "services" / "gateway").glob("*.py"))) <= MOST_ROOT_FILES


def test_removing_the_router_of_a_feature_removes_its_routes_and_nothing_else() -> None:
    features = set(folders()) - set(FEATURES_KNOW)
    app = next(module for module in modules("services/gateway") if module.name == f"{GATEWAY}.app")
    routers = {name for name in imported(app) if name.endswith("routes")}
    assert {folder_of(name) for name in routers} == features
