"""The categories that the model scores, in the order of its columns."""

CATEGORIES = ("hate", "harassment", "violence", "self_harm", "sexual", "spam")
# The last column: any harm to people, which is any of the categories but spam.
ANY_HARM = "any_harm"
SCORES = (*CATEGORIES, ANY_HARM)
