"""The categories that the model scores, in the order of its columns. A policy has an entry for each."""

from typing import Literal, get_args

Category = Literal["hate", "harassment", "violence", "self_harm", "sexual", "spam"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
# The last column: any harm to people, that is any category except spam.
ANY_HARM = "any_harm"
SCORES = (*CATEGORIES, ANY_HARM)
