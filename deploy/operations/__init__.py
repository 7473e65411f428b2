"""What operators do to an installation: dead letters, backups, the audit, keys. The commands are in deploy/cli/."""
