"""The secrets of Qdrant, Jaeger and Grafana: who knows which, and in the form that each program reads."""

import base64
import hashlib
from collections.abc import Callable

from deploy.installation.passwords import DASHBOARDS, INDEX_KEY, SPANS, TRACES
from deploy.installation.secret_files import SERVICES

# The user names in htpasswd files: of the services, and of the people who read traces.
SENDER, READER = "ottit", "operator"
# Container → function from all passwords to file name → content.
SECRETS_BESIDE: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "qdrant": lambda passwords: {"api-key": passwords[INDEX_KEY]},
    "jaeger": lambda passwords: {
        "spans.htpasswd": htpasswd(SENDER, passwords[SPANS]),
        "people.htpasswd": htpasswd(READER, passwords[TRACES]),
    },
    "grafana": lambda passwords: {"password": passwords[DASHBOARDS]},
}


def service_secrets_beside(service: str, passwords: dict[str, str]) -> dict[str, str]:
    """Return file name → content of what a service knows of them, named like its settings."""
    files = {"ottit_otlp_password": passwords[SPANS]} if service in SERVICES else {}
    return files | ({"ottit_qdrant_api_key": passwords[INDEX_KEY]} if service == "embeddings" else {})


def htpasswd(user: str, password: str) -> str:
    """Return a line of an htpasswd file. A fast hash is enough for a password of 192 random bits."""
    digest = base64.b64encode(hashlib.sha1(password.encode(), usedforsecurity=False).digest()).decode()
    return f"{user}:{{SHA}}{digest}\n"
