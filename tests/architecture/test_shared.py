"""Import rules of shared/: its packages form layers."""

from graphlib import TopologicalSorter

from tests.architecture.source_files import ROOT, modules

PACKAGES = frozenset(path.parent.name for path in (ROOT / "shared").glob("*/*.py"))
# Modules directly in shared/ are the vocabulary that all packages use; more than these belong into a package.
MOST_LOOSE_MODULES = 9


def package_graph() -> dict[str, set[str]]:
    """Return package → the packages of shared/ that it imports."""
    graph: dict[str, set[str]] = {package: set() for package in PACKAGES}
    for module in modules("shared"):
        package, *_ = module.name.removeprefix("shared.").split(".")
        if package in PACKAGES:
            imported = {name.split(".")[1] for name in module.imports if name.startswith("shared.")}
            graph[package] |= (imported & PACKAGES) - {package}
    return graph


def test_the_packages_of_shared_do_not_import_each_other_in_a_cycle() -> None:
    graph = package_graph()
    assert any(graph.values())
    TopologicalSorter(graph).prepare()  # raises CycleError and names the cycle


def test_modules_directly_in_shared_import_no_package() -> None:
    for module in modules("shared"):
        if module.path.parent == ROOT / "shared" and module.path.name != "testing.py":
            imported = {name.split(".")[1] for name in module.imports if name.startswith("shared.")}
            assert not imported & PACKAGES, f"{module.place} imports {sorted(imported & PACKAGES)}"


def test_few_modules_are_directly_in_shared() -> None:
    loose = sorted(path.name for path in (ROOT / "shared").glob("*.py"))
    assert len(loose) <= MOST_LOOSE_MODULES, loose


def test_work_in_threads_is_watched() -> None:
    """A thread that hangs would go unnoticed in a pool of its own."""
    owner = "shared/tasks.py"
    plain = [
        one.place for one in modules("services", "shared") if "ThreadPoolExecutor" in one.text and one.place != owner
    ]
    assert plain == []
