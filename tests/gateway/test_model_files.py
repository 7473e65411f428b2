"""Tests of the model files for devices."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from services.gateway.device.model_files import ModelFiles
from shared.problems import NotFound, Unavailable


def a_folder(folder: Path, **changes: object) -> Path:
    """Create a tiny model with its manifest."""
    model, tokenizer = b"the bytes of a model", b"{}"
    (folder / "model.onnx").write_bytes(model)
    (folder / "tokenizer.json").write_bytes(tokenizer)
    manifest = {
        "format": 1,
        "file": "model.onnx",
        "bytes": len(model),
        "sha256": hashlib.sha256(model).hexdigest(),
        "tokenizer_sha256": hashlib.sha256(tokenizer).hexdigest(),
        "categories": ["spam", "any_harm"],
        "dimensions": 384,
        "max_tokens": 256,
    }
    (folder / "model.json").write_text(json.dumps(manifest | changes))
    return folder


async def test_files_are_served_by_the_names_in_the_manifest(tmp_path: Path) -> None:
    files = ModelFiles(a_folder(tmp_path))
    model = await files.model()
    assert [file.kind for file in model.files] == ["model", "tokenizer"]
    assert model.scores == ["spam", "any_harm"]
    for file in model.files:
        content = (await files.path(Path(file.path).name)).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file.sha256, file.bytes)


async def test_a_name_outside_of_the_manifest_is_not_found(tmp_path: Path) -> None:
    files = ModelFiles(a_folder(tmp_path))
    for name in ("0" * 64 + ".onnx", "model.json", "../model.json"):
        with pytest.raises(NotFound):
            await files.path(name)


async def test_a_missing_model_is_reported_until_it_exists(tmp_path: Path) -> None:
    files = ModelFiles(tmp_path)
    with pytest.raises(Unavailable) as missing:
        await files.model()
    assert missing.value.code == "device_model_missing"
    a_folder(tmp_path)
    assert (await files.model()).dimensions == 384


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"tokenizer_sha256": "0" * 64}, {"format": 2}])
async def test_a_model_that_differs_from_its_manifest_is_not_served(tmp_path: Path, change: dict[str, object]) -> None:
    with pytest.raises(Unavailable) as damaged:
        await ModelFiles(a_folder(tmp_path, **change)).model()
    assert damaged.value.code == "device_model_damaged"


@pytest.mark.long
def test_serving_the_model_needs_no_inference_runtime() -> None:
    program = "import sys, services.gateway.app; sys.exit('onnxruntime' in sys.modules or 'tokenizers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
