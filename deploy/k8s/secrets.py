"""`python -m deploy.k8s.secrets FOLDER | kubectl apply -f -`: the installation's secrets as Kubernetes keeps them.

They are made in the folder once: keep it, and keep it safe. What the master key has sealed opens with nothing else.
"""

import sys
from pathlib import Path

import yaml

from deploy.containers.prepare import service_secrets
from deploy.local.plan import SERVICES
from deploy.local.secret_files import OPERATOR, open_secrets


def main(folder: Path) -> None:
    """Print one Secret a part."""
    secrets = open_secrets(folder, SERVICES)
    for name in (OPERATOR, *SERVICES):
        manifest = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"ottit-{name}", "namespace": "ottit"},
            "stringData": service_secrets(name, secrets),
        }
        print(f"---\n{yaml.safe_dump(manifest)}", end="")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
