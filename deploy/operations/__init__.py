"""Operator tasks: dead letters, backups, the audit, keys, views. The commands are in deploy/cli/."""
