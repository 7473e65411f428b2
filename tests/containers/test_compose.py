"""The product in containers: the newcomer's way, and parts that die."""

import time

import httpx
import pytest

from shared.ids import new_id
from tests.containers.compose import Composed
from tests.e2e.conftest import browser, window
from tests.e2e.test_story import (
    test_a_newcomer_posts_sees_the_decision_finds_the_post_by_meaning_and_opens_its_timeline,
    test_one_trace_leads_from_the_browser_through_every_service_and_back,
    test_what_is_held_says_why_and_stays_with_its_author,
)

__all__ = [
    "browser",
    "test_a_newcomer_posts_sees_the_decision_finds_the_post_by_meaning_and_opens_its_timeline",
    "test_one_trace_leads_from_the_browser_through_every_service_and_back",
    "test_what_is_held_says_why_and_stays_with_its_author",
    "window",
]
pytestmark = pytest.mark.containers
# A container starts, connects and reads what it missed, on two busy cores.
HEALED_WITHIN_S = 90.0


@pytest.mark.parametrize("part", ["moderation", "embeddings", "ranking", "nats", "gateway"])
def test_a_killed_container_loses_nothing(product: Composed, part: str) -> None:
    writer = Writer(product.url)
    before = writer.submit(f"Before {part} was killed")
    product.do("kill", "-s", "SIGKILL", part)
    during = writer.submit(f"While {part} was away") if part not in ("nats", "gateway") else before
    product.do("up", "--wait", "--no-recreate", part)

    assert {writer.settled(post) for post in (before, during)} == {"published"}
    assert {writer.settled(writer.submit(f"After {part} was back"))} == {"published"}


def test_nobody_but_its_owner_has_a_secret(product: Composed) -> None:
    for service, forbidden in {"ranking": "ottit_master_key", "moderation": "broker.env"}.items():
        assert forbidden not in product.do("exec", "-T", service, "ls", "/run/secrets").split()


def test_the_root_file_system_takes_nothing(product: Composed) -> None:
    for service in ("gateway", "moderation", "embeddings", "ranking"):
        refused = product.run("exec", "-T", service, "touch", "/opt/ottit/app/x")
        assert "Read-only file system" in refused.stderr


class Writer:
    """Somebody with an account who submits posts by program."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=20)
        account = {"handle": f"c-{new_id()[-10:]}", "password": "a long pass phrase"}
        self._http.post("/v1/accounts", json=account).raise_for_status()
        session = self._http.post("/v1/sessions", json=account).raise_for_status().json()
        self._http.headers["X-CSRF-Token"] = session["csrf_token"]
        self._community = self._http.get("/v1/communities").json()["items"][0]["name"]

    def submit(self, title: str) -> str:
        """Submit a harmless post; its id."""
        post = {"id": new_id(), "community": self._community, "title": title, "body": "A pot, a spoon, some patience."}
        self._http.post("/v1/posts", json=post).raise_for_status()
        return post["id"]

    def settled(self, post: str) -> str:
        """The post's state once it is decided, or `pending` when that takes too long."""
        deadline = time.monotonic() + HEALED_WITHIN_S
        state = "pending"
        while state == "pending" and time.monotonic() < deadline:
            answer = self._http.get(f"/v1/posts/{post}")
            state = answer.json()["state"] if answer.status_code == 200 else "pending"
            time.sleep(0.2)
        return state
