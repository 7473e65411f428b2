"""A person who writes a canary through every field of the API that takes text, and the list of those fields."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from shared.ids import new_id
from tests.gateway.conftest import PASSWORD

ROOT = Path(__file__).parents[2]
# Text that is not the person's own: what communities, moderators and admins write stays after their erasure.
NOT_PERSONAL = {
    ("POST", "/v1/communities"): "a community belongs to its members, not to the admin who opened it",
    ("POST", "/v1/review/{post_id}/decision"): "a moderator's reason belongs to the decision",
    (
        "POST",
        "/v1/applications/{user_id}/decision",
    ): "a moderator's reason belongs to the refusal, sealed for that person",
    ("POST", "/v1/users/{handle}/suspension"): "an admin's reason belongs to the suspension",
}
# Passwords and codes are hashed before anything is stored; a canary in one would make the person unable to sign in.
SECRETS = frozenset({"password", "current", "new", "code", "invitation"})


@dataclass(frozen=True)
class TextField:
    """A string of the API that can hold a person's own words. `place`: `body`, `query`, `path` or `header`."""

    method: str
    path: str
    place: str
    name: str


def text_fields() -> set[TextField]:
    """Return every such field of the API's description. Ids, digests, times and fixed choices hold no words."""
    document = json.loads((ROOT / "client" / "openapi.json").read_text(encoding="utf-8"))
    return {
        TextField(method.upper(), path, place, name)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for place, name, schema in _strings(document, operation)
        if (method.upper(), path) not in NOT_PERSONAL and name not in SECRETS and _is_open(schema)
    }


def _is_open(schema: dict[str, Any]) -> bool:
    pattern = schema.get("pattern", "")
    return not ("enum" in schema or "format" in schema or "{4}-" in pattern or "{64}" in pattern)


def _strings(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from (("body", name, schema) for name, schema in _walk(document, content.get("schema", {}), ""))
    for parameter in operation.get("parameters", []):
        place, name = parameter["in"], parameter["name"]
        yield from ((place, inner, schema) for inner, schema in _walk(document, parameter["schema"], name))


def _walk(document: dict[str, Any], schema: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _walk(document, choice, name)
    if schema.get("type") == "string":
        yield name, schema
    for inner, value in schema.get("properties", {}).items():
        yield from _walk(document, value, inner)
    if "items" in schema:
        yield from _walk(document, schema["items"], name)


@dataclass
class Writer:
    """A signed-in person. `accepted`: the body fields whose canary a successful request took."""

    http: httpx.Client
    canary: str
    accepted: set[TextField] = field(default_factory=set)

    @property
    def handle(self) -> str:
        """The person's handle, which is a canary too."""
        return f"{self.canary.lower()}-ada"

    def text(self, kind: str) -> str:
        """Return a sentence with the canary, variants of it, and characters that encodings treat specially."""
        return f"The {self.canary}{kind} says “{self.canary.upper()}” & grüßt die {self.canary}ings / 50%?"

    def send(self, method: str, path: str, body: dict[str, Any], post_id: str = "") -> dict[str, Any]:
        """Send a request that must succeed, and note its fields with the canary. Returns the answer."""
        answer = self.http.request(method, path.format(post_id=post_id), json=body)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        for name, value in body.items():
            if self.canary.lower() in str(value).lower():
                self.accepted.add(TextField(method, path, "body", name))
        given: dict[str, Any] = answer.json()
        return given

    def send_everywhere(self) -> None:
        """Send the canary in every text field of the API at once, request by request. Most are refused."""
        wanted = text_fields()
        for method, path in sorted({(one.method, one.path) for one in wanted} - {("POST", "/v1/accounts")}):
            named = {place: {} for place in ("body", "query", "path", "header")}  # type: dict[str, dict[str, str]]
            for one in wanted:
                if (one.method, one.path) == (method, path):
                    named[one.place][one.name] = self.canary
            others = {"handle": self.canary, "name": self.canary, "role": "moderator", "kind": "person"}
            url = path.format(post_id=new_id(), **(others | named["path"]))
            headers = {**named["header"], "user-agent": self.canary, "referer": f"http://x/{self.canary}"}
            for text in (json.dumps(named["body"]), f'{{"body": "{self.canary}'):  # the second is cut off
                content = text if method not in ("GET", "DELETE") else None
                with self.http.stream(method, url, content=content, params=named["query"], headers=headers):
                    pass  # an endless stream of events is closed at once


def sign_up(http: httpx.Client, handle: str, reason: str = "") -> None:
    """Create an account and sign in on this client. `reason`: where new accounts wait for an approval."""
    credentials = {"handle": handle, "password": PASSWORD, "reason": reason}
    http.post("/v1/accounts", json=credentials).raise_for_status()
    sign_in(http, handle)


def sign_in(http: httpx.Client, handle: str) -> None:
    """Sign in on this client."""
    answer = http.post("/v1/sessions", json={"handle": handle, "password": PASSWORD}).raise_for_status()
    http.headers["x-csrf-token"] = answer.json()["csrf_token"]


def a_post(title: str, body: str, **more: str) -> dict[str, Any]:
    """Return a new post for the community `garden`."""
    return {"id": new_id(), "community": "garden", "title": title, "body": body, **more}
