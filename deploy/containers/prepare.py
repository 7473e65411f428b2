"""`python -m deploy.containers.prepare`: the first container that runs in compose, once.

Creates missing secrets in the operator's volume, copies to each container's volume what only this one may know, and
makes the unprivileged user that all of them run as the owner of every volume. Safe to repeat.
"""

import hmac
import os
import sys
from hashlib import sha256
from pathlib import Path

from deploy.containers.secrets_beside import SECRETS_BESIDE, service_secrets_beside
from deploy.installation.atomic_file import write_atomically
from deploy.installation.passwords import open_passwords_beside
from deploy.installation.secret_files import (
    AUDITOR,
    OPENS_SEALED_TEXT,
    OPERATOR,
    READS_POLICIES,
    SERVICES,
    Secrets,
    open_secrets,
    secrets_folder,
)
from shared.problems import StartRefused

# Mounted by compose.yaml: one folder per volume.
SECRETS, DATA = Path("/secrets"), Path("/volumes")
# The user id in deploy/Dockerfile.
USER = 10001


def main() -> None:
    """Write all secrets, then change the owner of the volumes."""
    try:
        secrets = open_secrets(SECRETS / OPERATOR, SERVICES, broker_store=DATA / "broker" / "broker")
        notes = list(secrets.notes)
        beside = open_passwords_beside(secrets_folder(SECRETS / OPERATOR), notes)
    except StartRefused as reason:
        sys.exit(str(reason))
    for note in notes:
        print(note, file=sys.stderr)
    write_all(secrets, beside)
    for folder in (*SECRETS.iterdir(), *DATA.iterdir()):
        change_owner(folder)
    print(f"Wrote the secrets of {len(list(SECRETS.iterdir()))} containers to their volumes.")


def write_all(secrets: Secrets, beside: dict[str, str]) -> None:
    """Write what each container may know to its volume. Volumes of a compose file that is not used are not there."""
    contents = {name: service_secrets(name, secrets) | service_secrets_beside(name, beside) for name in SERVICES}
    contents[OPERATOR] = service_secrets(OPERATOR, secrets)
    contents["broker"] = {"broker.env": broker_environment(secrets)}
    contents |= {name: files(beside) for name, files in SECRETS_BESIDE.items()}
    for name, files in contents.items():
        if (SECRETS / name).is_dir():
            write(SECRETS / name, files)


def service_secrets(name: str, secrets: Secrets) -> dict[str, str]:
    """Return file name → content of the secrets of one service, named like its settings."""
    files = {"ottit_broker_password": secrets.passwords[name]}
    if name in OPENS_SEALED_TEXT or name == OPERATOR:
        files["ottit_master_key"] = secrets.master_key
    if name in READS_POLICIES:
        files["ottit_policy_keys"] = secrets.policy_keys
    if name == AUDITOR:
        files |= {"ottit_audit_key": secrets.audit_key, "ottit_audit_keys": secrets.audit_keys}
    return files


def broker_environment(secrets: Secrets) -> str:
    """Return the broker's environment with all passwords, which its configuration reads."""
    # Authenticates the nodes of a cluster; derived from the master key, so it stays the same.
    between_nodes = hmac.new(secrets.master_key.encode(), b"broker cluster", sha256).hexdigest()
    lines = [f"OTTIT_BROKER_PASSWORD_{name.upper()}={password}" for name, password in sorted(secrets.passwords.items())]
    lines.append(f"OTTIT_BROKER_PASSWORD_CLUSTER=p{between_nodes}")
    return "\n".join(lines) + "\n"


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files that are read-only for their owner."""
    for name, content in files.items():
        write_atomically(folder / name, content, mode=0o400)


def change_owner(folder: Path) -> None:
    """Make the services' user the owner of a volume and its contents."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, USER, USER, follow_symlinks=False)


if __name__ == "__main__":
    main()
