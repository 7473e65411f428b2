"""`python -m services.gateway.http.openapi`: the OpenAPI document, from which the client's types are generated."""

import json

from services.gateway.app import create_app
from services.gateway.settings import Settings


def document() -> str:
    """The document as indented JSON."""
    return json.dumps(create_app(Settings()).openapi(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(document(), end="")
