"""Manifests for Kubernetes, and the generators of chart values and secrets."""
