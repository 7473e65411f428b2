"""`python -m services.gateway.http.openapi`: prints the OpenAPI document, the source of the client's types."""

import json

from pydantic import SecretStr

from services.gateway.app import create_app
from services.gateway.settings import Settings

# The document does not depend on the key, but an app cannot be built without one.
ANY_KEY = SecretStr("0" * 64)


def document() -> str:
    """Return the document as indented JSON."""
    return json.dumps(create_app(Settings(master_key=ANY_KEY)).openapi(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(document(), end="")
