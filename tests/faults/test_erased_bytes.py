"""After an erasure no byte of the person's words is left in the data folder or in backups, with everything running."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.canary_search import Finding, find_canaries
from tests.faults.erased_person import TextField, Writer, a_post, sign_in, sign_up, text_fields
from tests.gateway.conftest import PASSWORD
from tests.identity_provider import IdentityProvider, running_identity_provider, sign_in_at, variables_of
from tests.running_installation import RunningInstallation, running_installation

pytestmark = [pytest.mark.broker, pytest.mark.long]
CANARY = "Qzk41c07b"
OTHERS = "Wvx83d19f"  # of a person who stays
# The broker rewrites its index within three minutes (docs/operations.md), and a busy machine takes longer.
WITHIN_S = 240.0
# Fields that no successful request can fill with a made-up word.
ALWAYS_REFUSED = {
    TextField("POST", "/v1/posts", "body", "community"): "names an existing community",
    TextField("POST", "/v1/previews/check", "body", "community"): "names an existing community",
    TextField("PUT", "/v1/users/{handle}/roles/{role}", "body", "community"): "names an existing community",
    TextField("DELETE", "/v1/users/{handle}/roles/{role}", "body", "community"): "names an existing community",
    TextField("POST", "/v1/tokens", "body", "scopes"): "names a capability",
    TextField("POST", "/v1/password-resets/completion", "body", "handle"): "needs a recovery code",
    TextField("POST", "/v1/accounts/oidc", "body", "handle"): "stored as that of POST /v1/accounts",
    TextField("POST", "/v1/accounts/oidc", "body", "reason"): "stored as that of POST /v1/accounts",
    **{
        TextField("POST", path, "body", name): "made by this site and the identity provider"
        for path in ("/v1/sessions/oidc", "/v1/me/identities", "/v1/me/proof/oidc")
        for name in ("state", "iss")
    },
    TextField("POST", "/v1/me/passkeys", "body", "name"): "needs an authenticator; tests/e2e/test_passkeys.py has one",
}


@pytest.mark.injects("E33", invariants="I14")
def test_an_erasure_leaves_no_byte_in_the_data_folder_and_in_backups(tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    # The mail server is never reached: what a user's address leaves behind here is what counts.
    mails = {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": "9",
        "SMTP_FROM": "x@example.org",
        "PUBLIC_URL": "https://x.example",
    }
    settings = {f"OTTIT_{name}": value for name, value in mails.items()}
    limits = {"OTTIT_RATE_SCALE": "1000", "OTTIT_SCRUB_WITHIN_S": "5", "OTTIT_SIGN_UPS": "approval"}
    with (
        running_identity_provider("https://x.example/sign-in/return") as provider,
        running_installation(tmp_path / "data", **limits, **settings, **variables_of(provider)) as running,
    ):
        admin, other, ada = (httpx.Client(base_url=running.url, timeout=60) for _ in range(3))
        open_community(running, admin)
        sign_up(other, "ben")
        approve_all(admin)
        kept = publish(other, a_post(f"Tomatoes of {OTHERS}", f"They are {OTHERS} and red."))
        person = Writer(ada, CANARY)
        write_everywhere(person, kept, admin)
        link_identity(person, provider)
        missing = {one for one in text_fields() if one.place == "body"} - person.accepted - ALWAYS_REFUSED.keys()
        assert not missing, f"give these fields a canary, or say why they can hold none: {missing}"
        save(running, backups)
        assert_findable(running.data)

        answer = ada.request("DELETE", "/v1/me", json={"password": PASSWORD})
        assert answer.status_code == 204, answer.text
        save(running, backups, "--people-only")
        left = wait_for_nothing(lambda: find_canaries([running.data, backups], CANARY))
        assert not left, describe(left)
        assert CANARY.lower() not in running.output.lower()
        found = other.get("/v1/search", params={"q": OTHERS}).raise_for_status().json()["items"]
        assert [item["post"]["id"] for item in found] == [kept]
    left = find_canaries([running.data, backups], CANARY)
    assert not left, describe(left)


@pytest.mark.injects("E33", invariants="I14")
def test_an_edit_and_a_withdrawal_leave_no_byte_of_the_old_words(tmp_path: Path) -> None:
    with running_installation(tmp_path / "data", OTTIT_RATE_SCALE="1000", OTTIT_SCRUB_WITHIN_S="5") as running:
        admin, ada = (httpx.Client(base_url=running.url, timeout=60) for _ in range(2))
        open_community(running, admin)
        sign_up(ada, "ada")
        edited = publish(ada, a_post(f"Tomatoes {CANARY}", f"They are {CANARY} and red."))
        withdrawn = publish(ada, a_post(f"Cucumbers {CANARY}", f"They are {CANARY} and green."))
        assert_findable(running.data)
        change = {"title": f"Tomatoes {OTHERS}", "body": "They are ripe.", "revision": 1}
        ada.patch(f"/v1/posts/{edited}", json=change).raise_for_status()
        ada.delete(f"/v1/posts/{withdrawn}").raise_for_status()
        left = wait_for_nothing(lambda: find_canaries([running.data], CANARY))
        assert not left, describe(left)
        wait_published(ada, edited, revision=2)
        assert ada.get(f"/v1/posts/{edited}").json()["title"] == f"Tomatoes {OTHERS}"


def open_community(running: RunningInstallation, admin: httpx.Client) -> None:
    """Create an admin and the community `garden`."""
    made = running.ottit("admin", "create", "root-admin", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert made.returncode == 0, made.stderr
    sign_in(admin, "root-admin")
    garden = {"name": "garden", "title": "Garden", "guideline": "Be kind."}
    admin.post("/v1/communities", json=garden).raise_for_status()


def approve_all(admin: httpx.Client) -> None:
    """Approve everybody who waits."""
    for one in admin.get("/v1/applications").raise_for_status().json()["items"]:
        decided = admin.post(f"/v1/applications/{one['id']}/decision", json={"outcome": "approved"})
        decided.raise_for_status()


def write_everywhere(person: Writer, post_of_another: str, admin: httpx.Client) -> None:
    """Write a post, a comment, an edit, an appeal, a report, a token, searches and dry runs with canaries."""
    sign_up(person.http, person.handle, person.text("application"))
    person.accepted.add(TextField("POST", "/v1/accounts", "body", "reason"))
    approve_all(admin)
    for path in ("/v1/accounts", "/v1/sessions"):
        person.accepted.add(TextField("POST", path, "body", "handle"))
    person.http.post("/v1/tokens", json={"name": person.text("token"), "scopes": ["read_posts"]})
    token = person.send("POST", "/v1/tokens", {"name": person.canary, "scopes": ["see_me"]})
    person.http.delete(f"/v1/tokens/{token['id']}").raise_for_status()
    person.send("POST", "/v1/tokens", {"name": f"{person.canary} two", "scopes": ["see_me"]})
    person.http.put("/v1/me/mail", json={"address": f"{person.canary}@mail.example"}).raise_for_status()
    person.http.post("/v1/password-resets", json={"handle": person.handle}).raise_for_status()
    person.accepted.add(TextField("PUT", "/v1/me/mail", "body", "address"))
    person.accepted.add(TextField("POST", "/v1/password-resets", "body", "handle"))
    texts = {"title": person.text("title"), "body": person.text("body")}
    post = publish(person.http, first := a_post(**texts))
    person.send("POST", "/v1/posts", first)  # the same submission once more
    publish(person.http, a_post("", person.text("comment"), parent_id=post_of_another))
    person.send("PATCH", "/v1/posts/{post_id}", {**texts, "body": person.text("edit"), "revision": 1}, post)
    wait_published(person.http, post, revision=2)
    person.send("POST", "/v1/previews/check", {"community": "garden", **texts})
    sealed = {"statement": person.text("s"), "signature": person.canary, "key_id": person.canary}
    person.send("POST", "/v1/previews/receipts/verify", {**texts, **sealed})
    person.send("POST", "/v1/posts/{post_id}/report", {"reason": person.text("report")}, post_of_another)
    reject(admin, post)
    person.send("POST", "/v1/posts/{post_id}/appeal", {"reason": person.text("appeal")}, post)
    publish(person.http, a_post(f"Another {person.canary}", person.text("published")))
    person.http.get("/v1/search", params={"q": person.canary}).raise_for_status()
    person.send_everywhere()


def link_identity(person: Writer, provider: IdentityProvider) -> None:
    """Link an identity whose subject and names are canaries."""
    subject, name = f"{person.canary}-subject", f"{person.canary} Lovelace"
    provider.sign_in_as(person.canary, sub=subject, preferred_username=name, email=f"{person.canary}@id.example")
    begun = person.http.post("/v1/me/identities/begin").raise_for_status().json()
    person.http.post("/v1/me/identities", json=sign_in_at(begun["address"])).raise_for_status()
    (linked,) = person.http.get("/v1/me/identities").raise_for_status().json()["items"]
    assert linked["username"] == name


def publish(http: httpx.Client, post: dict[str, Any]) -> str:
    """Submit a post and wait until it is published and can be found. Returns its id."""
    http.post("/v1/posts", json=post).raise_for_status()
    wait_published(http, post["id"])
    wait_until(lambda: any(item["post"]["id"] == post["id"] for item in search(http, post["body"])), "it is indexed")
    return str(post["id"])


def search(http: httpx.Client, text: str) -> list[dict[str, Any]]:
    """Return the first page of a search."""
    items: list[dict[str, Any]] = http.get("/v1/search", params={"q": text[:300]}).raise_for_status().json()["items"]
    return items


def wait_published(http: httpx.Client, post_id: str, revision: int = 1) -> None:
    """Wait until a revision of a post is published: right after an edit the view may still show the one before."""

    def published() -> bool:
        shown = http.get(f"/v1/posts/{post_id}").json()
        return bool(shown.get("state") == "published" and shown["revision"] == revision)

    wait_until(published, f"revision {revision} is published")


def reject(admin: httpx.Client, post_id: str) -> None:
    """Reject a post as a moderator."""
    shown = admin.get(f"/v1/posts/{post_id}").raise_for_status().json()
    decision = {"revision": shown["revision"], "outcome": "rejected", "reason": "Off topic."}
    admin.post(f"/v1/review/{post_id}/decision", json=decision).raise_for_status()


def save(running: RunningInstallation, backups: Path, *options: str) -> None:
    """Make a backup."""
    saved = running.ottit("backup", str(backups), "--vanishing", *options)
    assert saved.returncode == 0, saved.stdout + saved.stderr


def assert_findable(data: Path) -> None:
    """Check that the search finds the canary in the view before the erasure, so that finding nothing says something."""
    assert any("gateway" in found.file.parts for found in find_canaries([data], CANARY))


def wait_for_nothing(search_for: Callable[[], list[Finding]]) -> list[Finding]:
    """Search until nothing is found, for the documented time. Returns what is still left."""
    deadline = time.monotonic() + WITHIN_S
    while (left := search_for()) and time.monotonic() < deadline:
        time.sleep(1)
    return left


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition for at most a minute."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"timed out waiting until {what}"
        time.sleep(0.1)


def describe(findings: list[Finding]) -> str:
    """Return the files and encodings of the findings, and the bytes around each first one."""
    first = {(found.file.name, found.encoding): found for found in reversed(findings)}
    return "\n".join(f"{found.file} ({found.encoding}): {found.excerpt!r}" for found in first.values())
