"""Training of the head: `python -m shared.model.train --data DIR --out DIR --seed N`. Group `train` of the lock."""
