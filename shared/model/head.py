"""Vector and text to category probabilities: one linear layer on the vector, one on the lexical buckets.

The artefact is `artifacts/head.json` (the manifest) and `artifacts/head.bin`, raw little-endian arrays at the offsets
that the manifest gives, so that a browser reads them as typed arrays:

    bias           f32 [6]
    dense          f32 [6][384]
    lexical_scale  f32 [6]
    lexical        i8  [65536][6]

    logit[c] = bias[c] + dot(dense[c], vector)
             + lexical_scale[c] * sum(lexical[b][c] for b in buckets) / sqrt(len(buckets))
    score[c] = 1 / (1 + exp(-logit[c]))

The calibration is multiplied into the weights, so there is no further step.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.model import pins
from shared.model.categories import CATEGORIES
from shared.model.encoder import DIMENSIONS
from shared.model.lexical import BUCKETS, buckets

ARTIFACTS = Path(__file__).parent / "artifacts"
FORMAT = 1


@dataclass(frozen=True)
class Head:
    """The weights: `bias` (6,), `dense` (6, 384), `lexical_scale` (6,) in float32, `lexical` (65536, 6) in int8."""

    bias: NDArray[np.float32]
    dense: NDArray[np.float32]
    lexical_scale: NDArray[np.float32]
    lexical: NDArray[np.int8]

    @classmethod
    def load(cls, folder: Path = ARTIFACTS) -> "Head":
        """Read the committed artefact. Raises ModelFileError if a file is missing or is not the pinned one."""
        manifest = json.loads(pins.read_pinned(folder / "head.json", pins.HEAD_SHA256))
        return cls.from_bytes(manifest, pins.read_pinned(folder / manifest["file"], manifest["sha256"]))

    @classmethod
    def from_bytes(cls, manifest: dict[str, Any], content: bytes) -> "Head":
        """Read the arrays as `manifest` describes them. Raises ModelFileError for another layout."""
        expected = {"format": FORMAT, "categories": list(CATEGORIES), "buckets": BUCKETS, "dimensions": DIMENSIONS}
        if any(manifest[name] != value for name, value in expected.items()):
            raise pins.ModelFileError("the head's manifest describes another layout than this code reads")
        arrays = {
            array["name"]: np.frombuffer(
                content, np.dtype(array["dtype"]), int(np.prod(array["shape"])), array["offset"]
            ).reshape(array["shape"])
            for array in manifest["arrays"]
        }
        return cls(**arrays)

    def save(self, folder: Path) -> str:
        """Write both files into `folder`; return the sha256 of the manifest, which belongs into `pins.HEAD_SHA256`."""
        arrays: dict[str, NDArray[Any]] = {
            "bias": self.bias.astype("<f4"),
            "dense": self.dense.astype("<f4"),
            "lexical_scale": self.lexical_scale.astype("<f4"),
            "lexical": self.lexical.astype("|i1"),
        }
        content, layout = b"", []
        for name, array in arrays.items():
            layout.append({"name": name, "dtype": array.dtype.str, "shape": list(array.shape), "offset": len(content)})
            content += array.tobytes()
        manifest = {
            "format": FORMAT,
            "categories": list(CATEGORIES),
            "buckets": BUCKETS,
            "dimensions": DIMENSIONS,
            "file": "head.bin",
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "arrays": layout,
        }
        text = json.dumps(manifest, indent=2) + "\n"
        (folder / "head.bin").write_bytes(content)
        (folder / "head.json").write_text(text, encoding="utf-8")
        return hashlib.sha256(text.encode()).hexdigest()

    def scores(self, vectors: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float32]:
        """Return calibrated probabilities, shape (n, 6), for `vectors` (n, 384) of the same `texts`."""
        lexical = np.array([self._lexical(text) for text in texts], np.float32).reshape(len(texts), len(CATEGORIES))
        logits = self.bias + vectors @ self.dense.T + lexical
        return np.asarray(1.0 / (1.0 + np.exp(-logits)), np.float32)

    def _lexical(self, text: str) -> NDArray[np.float32]:
        """Return the lexical part of the logits, shape (6,). The integer sum is exact in every language."""
        found = buckets(text)
        if not len(found):
            return np.zeros(len(CATEGORIES), np.float32)
        total = self.lexical[found].sum(axis=0, dtype=np.int32).astype(np.float32)
        part: NDArray[np.float32] = self.lexical_scale * total / np.float32(np.sqrt(len(found)))
        return part
