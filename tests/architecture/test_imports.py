"""Who may import whom: this replaces separate packages."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.architecture.source_files import SERVICES, Module, modules, product

pytestmark = pytest.mark.long

# Run with no environment, no network and an empty folder: a module may only define things.
IMPORT_ALL = """
import importlib, socket, sys
def refuse(*_, **__): raise OSError("an import reached for the network")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
for name in sys.argv[1:]: importlib.import_module(name)
"""


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_only_itself_and_what_is_shared(service: str) -> None:
    for module in modules(f"services/{service}"):
        for name in module.imports:
            assert not within(name, "deploy"), module.place
            assert not within(name, "tests"), module.place
            if within(name, "services"):
                assert within(name, f"services.{service}"), f"{module.place} imports {name}"


def test_what_is_shared_knows_no_service() -> None:
    for module in modules("shared"):
        outside = [name for name in module.imports if name.split(".")[0] in ("services", "deploy", "tests")]
        assert not outside, f"{module.place} imports {outside}"


def test_the_launcher_starts_services_as_processes_and_imports_none() -> None:
    for module in modules("deploy/local"):
        outside = [name for name in module.imports if name.split(".")[0] in ("services", "tests")]
        assert not outside, f"{module.place} imports {outside}"


def test_only_tests_import_what_is_for_tests() -> None:
    for module in product():
        for_tests = [name for name in module.imports if name.endswith(".testing")]
        assert not for_tests or module.path.name == "testing.py", f"{module.place} imports {for_tests}"


def test_only_what_is_run_imports_an_app_where_the_real_things_are_made() -> None:
    for module in modules("services"):
        if '__name__ == "__main__"' not in module.text:
            apps = [name for name in module.imports if name.endswith(".app")]
            assert not apps, f"{module.place} imports {apps}"


def test_importing_anything_needs_no_environment_and_no_network_and_leaves_nothing_behind(tmp_path: Path) -> None:
    names = [module.name for module in product() if not _needs_training_libraries(module)]
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *names], env={}, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert list(tmp_path.iterdir()) == []


def _needs_training_libraries(module: Module) -> bool:
    """Training has a lock of its own: elsewhere its modules have nothing to import."""
    return within(module.name, "services.moderation.training") and find_spec("torch") is None
