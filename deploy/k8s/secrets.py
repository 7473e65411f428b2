"""`python -m deploy.k8s.secrets FOLDER | kubectl apply -f -`: the installation's secrets as Kubernetes secrets.

They are created in the folder once. Keep the folder safe: without its master key, sealed texts cannot be opened.
"""

import sys
from pathlib import Path

import yaml

from deploy.containers.prepare import service_secrets
from deploy.containers.secrets_beside import SECRETS_BESIDE, service_secrets_beside
from deploy.installation.passwords import open_passwords_beside
from deploy.installation.secret_files import OPERATOR, SERVICES, open_secrets, secrets_folder
from deploy.installation.signing_keys import AUDIT_PUBLIC_KEYS, POLICY_PUBLIC_KEYS, POLICY_SIGNING_KEY
from shared.problems import StartRefused


def main(folder: Path) -> None:
    """Print one Secret per service, one for the operator, and one for each program of others."""
    notes: list[str] = []
    try:
        secrets = open_secrets(folder, SERVICES)
        beside = open_passwords_beside(secrets_folder(folder), notes)
    except StartRefused as reason:
        sys.exit(str(reason))
    for name in (OPERATOR, *SERVICES):
        files = service_secrets(name, secrets) | service_secrets_beside(name, beside)
        if name == OPERATOR:
            files |= {
                file: (secrets_folder(folder) / file).read_text(encoding="ascii")
                for file in (POLICY_SIGNING_KEY, POLICY_PUBLIC_KEYS, AUDIT_PUBLIC_KEYS)
            }
        show(name, files)
    for name, contents in SECRETS_BESIDE.items():
        show(name, contents(beside))
    for note in (*secrets.notes, *notes):
        print(note, file=sys.stderr)


def show(name: str, files: dict[str, str]) -> None:
    """Print a Secret."""
    metadata = {"name": f"ottit-{name}", "namespace": "ottit"}
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": files}
    print(f"---\n{yaml.safe_dump(manifest)}", end="")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
