"""Installs everything that Ottit needs into the checkout, on a bare Python 3.11 without third-party packages."""
