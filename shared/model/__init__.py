"""The local model: one encoder pass gives a text's vector and category scores.

The client runs the same model in TypeScript. `CARD.md` documents training data and quality.
"""
