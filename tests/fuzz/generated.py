"""Generated JSON with the names that the readers know, so that it gets past their first checks."""

import json
from typing import Any

from hypothesis import strategies as st

KEYS = st.sampled_from([
    "type", "version", "data", "id", "results", "category_scores", "choices", "message", "content", "usage",
    "scores", "resourceSpans", "scopeSpans", "spans", "attributes", "value", "key", "digest", "view", "overlay",
    "text", "public_key", "first", "sort", "window", "sequence", "place", "score", "post_id",
])  # fmt: skip
SURROGATES = st.text(st.characters(categories=("Cs", "Cc", "L")), max_size=5)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.just(10**25) | st.just(10**400) | st.floats() | st.text(max_size=20)
    | SURROGATES
)  # fmt: skip
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=5)
)
DOCUMENTS = JSON.map(lambda value: json.dumps(value).encode())
