"""`python -m deploy.k8s.secrets FOLDER | kubectl apply -f -`: the installation's secrets as Kubernetes secrets.

They are created in the folder once. Keep the folder safe: without its master key, sealed texts cannot be opened.
"""

import sys
from pathlib import Path

import yaml

from deploy.containers.prepare import service_secrets
from deploy.installation.secret_files import OPERATOR, SERVICES, open_secrets, secrets_folder
from deploy.installation.signing_keys import AUDIT_PUBLIC_KEYS, POLICY_PUBLIC_KEYS, POLICY_SIGNING_KEY
from shared.problems import StartRefused


def main(folder: Path) -> None:
    """Print one Secret per service, and one for the operator."""
    try:
        secrets = open_secrets(folder, SERVICES)
    except StartRefused as reason:
        sys.exit(str(reason))
    for name in (OPERATOR, *SERVICES):
        files = service_secrets(name, secrets)
        if name == OPERATOR:
            files |= {
                file: (secrets_folder(folder) / file).read_text(encoding="ascii")
                for file in (POLICY_SIGNING_KEY, POLICY_PUBLIC_KEYS, AUDIT_PUBLIC_KEYS)
            }
        manifest = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"ottit-{name}", "namespace": "ottit"},
            "stringData": files,
        }
        print(f"---\n{yaml.safe_dump(manifest)}", end="")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
