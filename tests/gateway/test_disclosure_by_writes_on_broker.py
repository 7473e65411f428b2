"""A generated test of the answers of every route that writes: about what is hidden and about what does not exist."""

import re
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from shared.ids import new_id
from tests.gateway.conftest import PASSWORD, Gateway
from tests.gateway.test_approvals_on_broker import approving, decide, waiting
from tests.gateway.test_disclosure_on_broker import PUBLIC, Scene, scene

pytestmark = pytest.mark.broker
__all__ = ["approving", "scene"]

Write = tuple[str, str]
POST, USER, HANDLE = "{post_id}", "{user_id}", "{handle}"
# Headers that differ from answer to answer, whatever it is about. The rate that is left is the caller's own.
OWN_HEADERS = ("ratelimit-remaining", "ratelimit-reset", "content-length", "traceparent")
# Every route that names a post in its path, with a body that it takes.
ABOUT_POSTS: dict[Write, Any] = {
    ("patch", "/v1/posts/{post_id}"): {"revision": 1, "body": "x"},
    ("delete", "/v1/posts/{post_id}"): None,
    ("post", "/v1/posts/{post_id}/appeal"): {"reason": "x"},
    ("post", "/v1/posts/{post_id}/report"): {"reason": "x"},
    ("put", "/v1/posts/{post_id}/vote"): {"value": 1},
    ("post", "/v1/posts/{post_id}/read"): {"kind": "read"},
    ("post", "/v1/review/{post_id}/claim"): None,
    ("delete", "/v1/review/{post_id}/claim"): None,
    ("post", "/v1/review/{post_id}/decision"): {"revision": 1, "sequence": 1, "outcome": "rejected", "reason": "x"},
}
# Every route that names a person in its path.
ABOUT_PEOPLE: dict[Write, Any] = {
    ("post", "/v1/applications/{user_id}/decision"): {"outcome": "refused", "reason": "x"},
    ("post", "/v1/users/{handle}/suspension"): {"reason": "x", "days": 1},
    ("delete", "/v1/users/{handle}/suspension"): None,
    ("put", "/v1/users/{handle}/roles/{role}"): {"community": "garden"},
    ("delete", "/v1/users/{handle}/roles/{role}"): {"community": "garden"},
}
# Routes that name a person in their body.
ABOUT_NAMES: dict[Write, Any] = {
    ("post", "/v1/sessions"): {"password": PASSWORD},
    ("post", "/v1/password-resets"): {},
    ("post", "/v1/password-resets/completion"): {"code": "0", "new": "a long enough phrase"},
}
# Routes that read something about a person.
NAMING_PEOPLE: tuple[Write, ...] = (
    ("get", "/v1/users/{handle}"),
    ("get", "/u/{handle}"),
    ("get", "/v1/search?q=x&author={handle}"),
)
OUTSIDERS = ("visitor", "member", "cook")


async def ask(http: httpx.AsyncClient, write: Write, named: str, body: Any) -> tuple[int, str, dict[str, str]]:
    """Send a write about somebody or something. Returns status, body and headers, with the name taken out."""
    method, route = write
    path = re.sub(r"{(post_id|user_id|handle)}", named, route).replace("{role}", "moderator")
    answer = await http.request(method, path, json=body)
    headers = {name: value for name, value in answer.headers.items() if name not in OWN_HEADERS}
    return answer.status_code, answer.text.replace(named, "NAMED"), headers


def routes(gateway: Gateway, parameters: tuple[str, ...]) -> set[Write]:
    """Return the routes that write and have one of these parameters in their path."""
    found = gateway.app.openapi()["paths"].items()
    return {
        (method, path)
        for path, methods in found
        for method in methods
        if method != "get" and any(one in path for one in parameters)
    }


async def test_writes_about_hidden_posts_of_others_are_answered_as_about_missing_ones(scene: Scene) -> None:
    assert routes(scene.gateway, (POST,)) == ABOUT_POSTS.keys()
    differing = []
    for role in OUTSIDERS:
        for write, body in ABOUT_POSTS.items():
            missing = await ask(scene.readers[role], write, new_id(), body)
            for name, post in scene.posts.items():
                if name not in PUBLIC and await ask(scene.readers[role], write, post.id, body) != missing:
                    differing.append((role, *write, name))
    assert differing == []


async def test_writes_about_public_posts_are_answered_otherwise(scene: Scene) -> None:
    for write, body in ABOUT_POSTS.items():
        missing = await ask(scene.readers["member"], write, new_id(), body)
        published = await ask(scene.readers["member"], write, scene.posts["published"].id, body)
        assert (published != missing) == (not write[1].startswith("/v1/review")), write


async def test_answers_below_hidden_posts_are_refused_as_below_missing_ones(scene: Scene) -> None:
    def reply(parent_id: str) -> Mapping[str, str]:
        return {"id": new_id(), "community": "garden", "title": "", "body": "Yes.", "parent_id": parent_id}

    for role in ("member", "cook"):
        http = scene.readers[role]
        missing = await http.post("/v1/posts", json=reply(new_id()))
        for name, post in scene.posts.items():
            if name not in PUBLIC:
                hidden = await http.post("/v1/posts", json=reply(post.id))
                assert (hidden.status_code, hidden.json()) == (missing.status_code, missing.json()), (role, name)


async def test_writes_about_an_erased_person_are_answered_as_about_nobody(scene: Scene) -> None:
    assert routes(scene.gateway, (USER, HANDLE)) == ABOUT_PEOPLE.keys()
    status = scene.gateway.posts.status(scene.posts["erased"].id)
    assert status is not None
    for role, http in scene.readers.items():
        for write, body in ABOUT_PEOPLE.items():
            erased, nobody = (status.author_id, new_id()) if USER in write[1] else ("leaver", "nobody")
            assert await ask(http, write, erased, body) == await ask(http, write, nobody, body), (role, write)
        for write, body in ABOUT_NAMES.items():
            erased_answer = await ask(http, write, "leaver", body | {"handle": "leaver"})
            assert erased_answer == await ask(http, write, "nobody", body | {"handle": "nobody"}), (role, write)


async def test_nobody_sees_an_account_before_its_approval_but_those_who_decide(
    approving: Gateway,
) -> None:
    ada = await waiting(approving)
    gardener = await approving.person("mod", "moderator", "garden")
    outsiders = {"visitor": approving.visitor(), "gardener": gardener.http}
    for role, http in outsiders.items():
        for route in NAMING_PEOPLE + tuple(one for one in ABOUT_PEOPLE if HANDLE in one[1]):
            body = ABOUT_PEOPLE.get(route)
            assert await ask(http, route, "ada", body) == await ask(http, route, "nobody", body), (role, route)
    chief = await approving.person("chief", "admin")
    assert (await chief.http.get("/v1/users/ada")).status_code == 200
    assert (await ada.http.get("/v1/users/ada")).status_code == 200
    refused = await decide(chief, ada, "refused", "We do not know you.")
    assert refused.status_code == 202
    for role, http in outsiders.items():
        for route in NAMING_PEOPLE:
            assert await ask(http, route, "ada", None) == await ask(http, route, "nobody", None), (role, route)
