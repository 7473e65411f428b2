"""Puts what Ottit needs into the checkout. Runs on a bare Python 3.11: nothing here imports a third-party package."""
