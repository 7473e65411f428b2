"""The categories that the head scores, in the order of its columns."""

CATEGORIES = ("hate", "harassment", "violence", "self_harm", "sexual", "spam")
