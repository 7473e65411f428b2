"""Kubernetes: what is applied, and what is made for it from the tables of the house."""
