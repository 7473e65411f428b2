"""Operator tasks for policies: run test cases, draft, activate, roll back.

Policy stage: activate. `shared/policy/__init__.py` lists all stages.
"""
