"""Operator tasks for policies: run test cases, draft, activate, roll back."""
