"""Adds the authentication schemes and the licence to the OpenAPI document."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

SCHEMES: dict[str, dict[str, str]] = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "ottit_session",
        "description": "Set by `POST /v1/sessions`. Writes also need its CSRF token in `X-CSRF-Token`.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "Created by `POST /v1/tokens`, limited to its scopes.",
    },
}
SIGNED_IN: list[dict[str, list[str]]] = [{"session": []}, {"token": []}]
ANYBODY: list[dict[str, list[str]]] = [{}, *SIGNED_IN]


def describe(app: FastAPI) -> None:
    """Add the authentication schemes and the licence to the app's document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                servers=app.servers or [{"url": "/", "description": "This server."}],
                license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
            )
            document["components"]["securitySchemes"] = SCHEMES
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it
