"""Cancellations are not lost, and a run ends and names the test that hangs in its teardown."""

import ast
import subprocess
import sys
from pathlib import Path

from tests.architecture.source_files import ROOT, modules

FOLDERS = ("services", "shared", "deploy", "tests")
HANGS = """
import asyncio, pytest

@pytest.fixture
async def stubborn():
    async def swallow():
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                pass
    task = asyncio.create_task(swallow())
    yield
    task.cancel()
    await task

async def test_passes(stubborn): ...
"""


def test_nothing_uses_the_function_that_loses_cancellations() -> None:
    every = [module for folder in FOLDERS for module in modules(folder) if "wait_for" in module.text]
    found = [module.place for module in every if ("asyncio", "wait_for") in module.imported_names]
    found += [
        f"{module.place}:{node.lineno}"
        for module in every
        for node in module.nodes
        if isinstance(node, ast.Attribute) and node.attr == "wait_for" and ast.unparse(node.value) == "asyncio"
    ]
    assert not found, f"use `async with asyncio.timeout(…)`: {found} lose a cancellation that comes with the result"


def test_a_test_that_hangs_in_its_teardown_ends_with_the_stack(tmp_path: Path) -> None:
    (tmp_path / "test_hanging.py").write_text(HANGS)
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:schemathesis", "-p", "no:cacheprovider", "-o", "timeout=0.5",
         "-o", "faulthandler_timeout=2", "-n1", "test_hanging.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode not in {0, None}
    assert "Timeout" in done.stderr, done.stdout + done.stderr
    assert "crashed while running 'test_hanging.py::test_passes'" in done.stdout, "the run names the test"
