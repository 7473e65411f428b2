"""The local model: one encoder pass gives the vector and the category scores of a text.

Everything here can be repeated in TypeScript; `CARD.md` says what the head was trained on and how well it does.
"""
