"""Vectors of posts by the local model, kept in `build/` between runs."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from shared.model import pinned_files
from shared.model.encoder import Encoder

Vectors = NDArray[np.float32]

# Texts encoded between two writes of the file: a run that is stopped loses at most this many.
BATCH = 512


def vectors_of(texts: Sequence[str], folder: Path, threads: int = 1) -> Vectors:
    """Return one unit vector per text, shape (n, 384), in the order of `texts`.

    Only texts that the folder's file of this encoder lacks are encoded; float16 keeps a cosine within 0.001.
    """
    file = folder / f"vectors-{pinned_files.VECTORS}.npz"
    known = _read(file)
    keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24] for text in texts]
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        encoder = Encoder.for_vectors(threads)
        waiting = list(missing.items())
        for start in track(range(0, len(waiting), BATCH), f"encoding {len(waiting)} posts", transient=True):
            batch = waiting[start : start + BATCH]
            encoded = encoder.encode([text for _, text in batch]).astype(np.float16)
            known |= dict(zip([key for key, _ in batch], encoded, strict=True))
            _write(file, known)
    return np.stack([known[key] for key in keys]).astype(np.float32)


def _read(file: Path) -> dict[str, NDArray[np.float16]]:
    if not file.exists():
        return {}
    with np.load(file) as stored:
        return dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))


def _write(file: Path, known: dict[str, NDArray[np.float16]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    written = file.with_suffix(".new.npz")
    np.savez(written, keys=np.array(list(known)), vectors=np.stack(list(known.values())))
    written.replace(file)
