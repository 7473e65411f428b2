"""Is the vector still as good for search? Find a post by its first sentence among the rest of all the others."""

import re

import numpy as np
from numpy.typing import NDArray

# Posts of the task, and how far down the list one looks.
POSTS, DEPTH = 1000, 10
# Words that a query and a document need to say something.
LEAST_WORDS = 4
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def task(posts: list[str]) -> tuple[list[str], list[str]]:
    """Return first sentences and, in the same order, what follows them."""
    parts = [[part for part in _SENTENCE.split(post.strip(), maxsplit=1) if part] for post in posts]
    whole = [p for p in parts if len(p) == 2 and all(len(part.split()) >= LEAST_WORDS for part in p)][:POSTS]
    return [first for first, _ in whole], [rest for _, rest in whole]


def found(queries: NDArray[np.float32], documents: NDArray[np.float32]) -> dict[str, float]:
    """Return recall and nDCG among the first ten for unit vectors (n, d) whose rows belong together."""
    likeness = queries @ documents.T
    rank = (likeness > np.diag(likeness)[:, None]).sum(1)
    gain = np.where(rank < DEPTH, 1 / np.log2(rank + 2), 0)
    return {"texts": len(rank), "recall_at_10": float((rank < DEPTH).mean()), "ndcg_at_10": float(gain.mean())}
