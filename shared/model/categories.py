"""The categories that the model scores, in the order of its columns; a policy has a say on each of them."""

from typing import Literal, get_args

Category = Literal["hate", "harassment", "violence", "self_harm", "sexual", "spam"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
# The last column: any harm to people, which is any of the categories but spam.
ANY_HARM = "any_harm"
SCORES = (*CATEGORIES, ANY_HARM)
