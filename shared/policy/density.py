"""The limit on what the normalized form of a text may grow to. A text beyond it is held, and no rule searches in it.

`client/src/policy/density.ts` is the same, so that a preview says so; contract vectors keep the two equal.

Policy stage: evaluate. Other stages: source (`load`), compile and sign (`bundle`), activate (`bundle_store`).
"""

import unicodedata
from typing import Final

# The form in which rules search is up to 18 times as long as the text: U+FDFA is a whole sentence. Four times the
# longest text is reached by no language; matching it takes about a second.
MOST_NORMALIZED: Final = 160_000
LONGEST_EXPANSION: Final = 18

TOO_DENSE_RULE: Final = "check.too_dense"
TOO_DENSE_MESSAGE: Final = "This text has too many unusual characters for an automatic check. A person will look at it."


def is_too_dense(text: str) -> bool:
    """Return whether the compatibility decomposition of a text has too many code points to search in."""
    if len(text) * LONGEST_EXPANSION <= MOST_NORMALIZED:
        return False
    return len(unicodedata.normalize("NFKD", text)) > MOST_NORMALIZED
