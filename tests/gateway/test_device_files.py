"""The files of the model for devices: checked once, named by their content."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from services.gateway.device.model_files import ModelFiles
from shared.problems import NotFound, Unavailable


def a_folder(folder: Path, **changes: object) -> Path:
    """A model of a few bytes with its manifest."""
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


async def test_the_files_are_found_by_the_names_that_the_manifest_gives(tmp_path: Path) -> None:
    files = ModelFiles(a_folder(tmp_path))
    model = await files.model()
    assert [file.kind for file in model.files] == ["model", "tokenizer"]
    assert model.scores == ["spam", "any_harm"]
    for file in model.files:
        content = (await files.path(Path(file.path).name)).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file.sha256, file.bytes)


async def test_a_name_that_is_not_in_the_manifest_leads_nowhere(tmp_path: Path) -> None:
    files = ModelFiles(a_folder(tmp_path))
    for name in ("0" * 64 + ".onnx", "model.json", "../model.json"):
        with pytest.raises(NotFound):
            await files.path(name)


async def test_without_a_model_devices_are_told_so_until_there_is_one(tmp_path: Path) -> None:
    files = ModelFiles(tmp_path)
    with pytest.raises(Unavailable) as missing:
        await files.model()
    assert missing.value.code == "device_model_missing"
    a_folder(tmp_path)
    assert (await files.model()).dimensions == 384


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"tokenizer_sha256": "0" * 64}, {"format": 2}])
async def test_a_model_that_is_not_what_its_manifest_says_is_not_served(
    tmp_path: Path, change: dict[str, object]
) -> None:
    with pytest.raises(Unavailable) as damaged:
        await ModelFiles(a_folder(tmp_path, **change)).model()
    assert damaged.value.code == "device_model_damaged"


@pytest.mark.long
def test_serving_the_model_needs_no_runtime_of_it() -> None:
    program = "import sys, services.gateway.app; sys.exit('onnxruntime' in sys.modules or 'tokenizers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
