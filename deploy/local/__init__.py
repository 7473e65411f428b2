"""The launcher: everything that runs Ottit on one machine without containers."""
