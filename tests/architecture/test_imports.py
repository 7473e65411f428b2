"""Import rules between services, shared/ and deploy/. They replace separate distribution packages."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.architecture.source_files import SERVICES, Module, modules, product

pytestmark = pytest.mark.long

# Runs without environment and network, in an empty folder: importing a module may only define things.
IMPORT_ALL = """
import importlib, socket, sys
def refuse(*_, **__): raise OSError("an import used the network")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
for name in sys.argv[1:]: importlib.import_module(name)
"""


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_only_itself_and_shared(service: str) -> None:
    for module in modules(f"services/{service}"):
        for name in module.imports:
            assert not within(name, "deploy"), module.place
            assert not within(name, "tests"), module.place
            if within(name, "services"):
                assert within(name, f"services.{service}"), f"{module.place} imports {name}"


def test_shared_imports_no_service() -> None:
    for module in modules("shared"):
        outside = [name for name in module.imports if name.split(".")[0] in ("services", "deploy", "tests")]
        assert not outside, f"{module.place} imports {outside}"


def test_the_launcher_imports_no_service() -> None:
    for module in modules("deploy/local"):
        outside = [name for name in module.imports if name.split(".")[0] in ("services", "tests")]
        assert not outside, f"{module.place} imports {outside}"


def test_only_tests_import_testing_modules() -> None:
    for module in product():
        for_tests = [name for name in module.imports if name.endswith(".testing")]
        assert not for_tests or module.path.name == "testing.py", f"{module.place} imports {for_tests}"


def test_only_main_modules_import_an_app() -> None:
    for module in modules("services"):
        if '__name__ == "__main__"' not in module.text:
            apps = [name for name in module.imports if name.endswith(".app")]
            assert not apps, f"{module.place} imports {apps}"


def test_imports_need_no_environment_and_no_network_and_write_no_files(tmp_path: Path) -> None:
    names = [module.name for module in product() if not _needs_training_libraries(module)]
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *names], env={}, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert list(tmp_path.iterdir()) == []


def _needs_training_libraries(module: Module) -> bool:
    """Return whether a module needs training libraries, which only the training environment has."""
    return within(module.name, "services.moderation.training") and find_spec("torch") is None
