"""Computes the outputs of the frozen layers once per text, and caches them on disk between epochs and runs."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from services.moderation.training.network import WIDTH, Trunk
from services.moderation.training.onnx_graph import FORK
from shared.model.encoder import well_formed

# The maximum number of tokens of a text in training: the median row has 25, and one in 30 has more than this.
TOKENS = 128
# Tokens of one forward pass: larger ones do not fit into the processor's cache.
BATCH_TOKENS = 4096


@dataclass(frozen=True)
class HiddenStates:
    """`states` (all tokens, 384) and `vectors` (n, 384); text i has the tokens starts[i] to starts[i + 1]."""

    states: NDArray[np.float16]
    vectors: NDArray[np.float16]
    starts: NDArray[np.int64]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of tokens of each text."""
        return np.diff(self.starts)


def hidden_states_of(texts: list[str], tokenizer: Tokenizer, trunk: Trunk, folder: Path) -> HiddenStates:
    """Return the hidden states of `texts`, from the cache in `folder` if they were computed before."""
    digest = hashlib.sha256(f"{FORK} {TOKENS} ".encode())
    for text in texts:
        digest.update(text.encode("utf-8", "replace") + b"\0")
    path = folder / digest.hexdigest()[:16]
    if not (path / "starts.npy").exists():
        path.mkdir(parents=True, exist_ok=True)
        _compute([_truncated(e.ids) for e in tokenizer.encode_batch([well_formed(t) for t in texts])], trunk, path)
    return HiddenStates(*(np.load(path / f"{name}.npy", mmap_mode="r") for name in ("states", "vectors", "starts")))


def _compute(tokens: list[list[int]], trunk: Trunk, path: Path) -> None:
    lengths = np.array([len(ids) for ids in tokens])
    starts = np.concatenate([[0], np.cumsum(lengths)])
    shape = {"states": (int(starts[-1]), WIDTH), "vectors": (len(tokens), WIDTH)}
    arrays = {
        name: np.lib.format.open_memmap(path / f"{name}.npy", "w+", np.float16, size) for name, size in shape.items()
    }
    device = trunk.words.device
    for rows in batches(lengths, np.argsort(lengths, kind="stable"), BATCH_TOKENS):
        longest = lengths[rows].max()
        mask = np.arange(longest) < lengths[rows, None]
        ids = np.zeros(mask.shape, np.int64)
        ids[mask] = np.concatenate([tokens[row] for row in rows])
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
            states, vectors = trunk(torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device))
        flat = states.half().cpu().numpy()
        for position, row in enumerate(rows):
            arrays["states"][starts[row] : starts[row + 1]] = flat[position, : lengths[row]]
        arrays["vectors"][rows] = vectors.half().cpu().numpy()
    # Written last: its presence shows that the others are complete.
    np.save(path / "starts.npy", starts)


def _truncated(ids: list[int]) -> list[int]:
    """Truncate to `TOKENS` tokens, keeping the special token at the end."""
    return ids if len(ids) <= TOKENS else [*ids[: TOKENS - 1], ids[-1]]


def batches(lengths: NDArray[np.int64], order: NDArray[np.int64], limit: int) -> list[NDArray[np.int64]]:
    """Cut `order`, sorted from short to long, into batches of at most `limit` tokens including padding."""
    cut, start = [], 0
    for end in range(1, len(order) + 1):
        if end == len(order) or (end + 1 - start) * lengths[order[end]] > limit:
            cut.append(order[start:end])
            start = end
    return cut
