"""The categories of policies, and the columns of the model. A category may exist before the model has a column for it.

Of a category without a column the local model gives no score: only rules and providers judge it. That is no failed
check. The health report of moderation and the model card name these categories.
"""

from typing import Literal, get_args

Category = Literal[
    "hate", "harassment", "violence", "self_harm", "self_harm_encouragement", "sexual", "sexual_minors", "spam"
]
CATEGORIES: tuple[Category, ...] = get_args(Category)
# Added later: earlier policies lack them, and so may the answers of providers' models.
LATER_CATEGORIES: frozenset[str] = frozenset({"self_harm_encouragement", "sexual_minors"})
# The categories that the model scores, in the order of its columns.
COLUMNS: tuple[Category, ...] = CATEGORIES
# The last column: any harm to people, that is any category except spam.
ANY_HARM = "any_harm"
SCORES = (*COLUMNS, ANY_HARM)
