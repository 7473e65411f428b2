"""`python -m deploy.containers.prepare`: the one-shot that runs before anything else in compose.

Makes the installation's secrets in the operator's volume where there are none, writes each service its own into a
volume of its own, and gives every volume to the unprivileged user that the services run as. Safe to run again.
"""

import hmac
import os
from hashlib import sha256
from pathlib import Path

from deploy.installation.atomic_file import write_atomically
from deploy.installation.secret_files import (
    AUDITS,
    OPENS_SEALED_TEXT,
    OPERATOR,
    READS_POLICIES,
    SERVICES,
    Secrets,
    open_secrets,
)

# Mounted by compose.yaml: a folder a volume.
SECRETS, DATA = Path("/secrets"), Path("/volumes")
# The user of deploy/Dockerfile.
USER = 10001


def main() -> None:
    """Write every secret, then hand the volumes over."""
    secrets = open_secrets(SECRETS / OPERATOR, SERVICES)
    for name in (OPERATOR, *SERVICES):
        write(SECRETS / name, service_secrets(name, secrets))
    write(SECRETS / "broker", {"broker.env": broker_environment(secrets)})
    for folder in (*SECRETS.iterdir(), *DATA.iterdir()):
        hand_over(folder)
    print(f"The secrets of {len(SERVICES) + 2} parts are in their volumes.")


def service_secrets(name: str, secrets: Secrets) -> dict[str, str]:
    """File name → content of what one service may know; the names are those of its settings."""
    files = {"ottit_broker_password": secrets.passwords[name]}
    if name in OPENS_SEALED_TEXT or name == OPERATOR:
        files["ottit_master_key"] = secrets.master_key
    if name in READS_POLICIES:
        files["ottit_policy_keys"] = secrets.policy_keys
    if name == AUDITS:
        files["ottit_audit_key"] = secrets.audit_key
    return files


def broker_environment(secrets: Secrets) -> str:
    """The broker knows every password; its configuration reads them from its environment."""
    # Nodes of a cluster know each other by this; it follows from the master key, so it is made once, too.
    between_nodes = hmac.new(secrets.master_key.encode(), b"broker cluster", sha256).hexdigest()
    lines = [f"OTTIT_BROKER_PASSWORD_{name.upper()}={word}" for name, word in sorted(secrets.passwords.items())]
    lines.append(f"OTTIT_BROKER_PASSWORD_CLUSTER=p{between_nodes}")
    return "\n".join(lines) + "\n"


def write(folder: Path, files: dict[str, str]) -> None:
    """Write each file: whoever reads it cannot change it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_atomically(folder / name, content, mode=0o400)


def hand_over(folder: Path) -> None:
    """Give a volume and what is in it to the services' user."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, USER, USER, follow_symlinks=False)


if __name__ == "__main__":
    main()
