"""Vectors of many texts, kept between runs: encoding is what training costs."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.model import pins
from shared.model.encoder import DIMENSIONS, MAX_TOKENS, Encoder

# Longest labelled text in training: the median row has about 25 tokens; the long ones in full would double the time.
ROW_TOKENS = 96
# Ordinary posts are read as the running product reads them, since the thresholds come from them.
POST_TOKENS = MAX_TOKENS
# Texts between two lines of progress and two saves: about 20 s of work.
CHUNK = 4000


class VectorCache:
    """Vectors by digest of the text and its limit, in `.npz` files of one folder."""

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        """Read what `folder` holds already."""
        folder.mkdir(parents=True, exist_ok=True)
        self._encoder = encoder
        self._folder = folder
        self._known: dict[str, NDArray[np.float32]] = {}
        for path in sorted(folder.glob(f"{pins.ENCODER_SHA256[:8]}-*.npz")):
            with np.load(path) as stored:
                self._known.update(zip(stored["names"].tolist(), stored["vectors"], strict=True))

    def vectors(self, texts: list[str], tokens: int) -> NDArray[np.float32]:
        """Return the vectors of the first `tokens` tokens of each text, shape (n, 384); encodes what is not known."""
        names = [hashlib.sha256(f"{tokens}:{text}".encode("utf-8", "replace")).hexdigest()[:24] for text in texts]
        missing = {name: text for name, text in zip(names, texts, strict=True) if name not in self._known}
        todo = list(missing.items())
        for start in range(0, len(todo), CHUNK):
            chunk = todo[start : start + CHUNK]
            self._add([name for name, _ in chunk], self._encoder.encode([text for _, text in chunk], tokens))
            print(f"encoded {start + len(chunk)} of {len(todo)}", flush=True)
        return np.stack([self._known[name] for name in names]) if names else np.zeros((0, DIMENSIONS), np.float32)

    def _add(self, names: list[str], vectors: NDArray[np.float32]) -> None:
        self._known.update(zip(names, vectors, strict=True))
        first = hashlib.sha256("".join(names).encode()).hexdigest()[:12]
        np.savez(self._folder / f"{pins.ENCODER_SHA256[:8]}-{first}.npz", names=np.array(names), vectors=vectors)
