"""Texts of a load: most are published, some are held or rejected by the shipped policy and by the tests' fake model."""

import random

from shared.content import Content
from tests.faults.fakes import HOLD_WORD, REJECT_WORD

SUBJECTS = ("tomatoes", "beans", "roses", "the north bed", "compost", "my old pear tree", "bees", "the greenhouse")
REMARKS = (
    "They are {word} this week, earlier than last year.",
    "I watered them in the evening and they looked {word} the next morning.",
    "Does anybody else find that they turn out {word} after rain?",
    "My neighbour says they are always {word} in this soil.",
)
WORDS = ("ripe", "green", "sturdy", "pale", "tall", "healthy", "late", "splendid")
# Each text for the shipped policy carries the fake model's word too, so that one load fits both installations.
HELD = f"I do not want to live any more, and I do not know whom to tell. {HOLD_WORD}"
REJECTED = f"I will find you and kill you, just wait. {REJECT_WORD}"
HELD_SHARE, REJECTED_SHARE = 0.05, 0.05


def make_text(chance: random.Random, number: int) -> Content:
    """Return the title and body of a post. `number` makes it unique."""
    draw = chance.random()
    if draw < HELD_SHARE:
        body = HELD
    elif draw < HELD_SHARE + REJECTED_SHARE:
        body = REJECTED
    else:
        body = chance.choice(REMARKS).format(word=chance.choice(WORDS))
    return Content(title=f"Note {number} about {chance.choice(SUBJECTS)}", body=f"{body} (note {number})")


def make_comment(chance: random.Random, number: int) -> Content:
    """Return the text of a comment."""
    return Content(body=f"{chance.choice(REMARKS).format(word=chance.choice(WORDS))} (comment {number})")
