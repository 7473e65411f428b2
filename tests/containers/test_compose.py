"""The product in containers: the newcomer's way, and parts that die."""

import pytest

from tests.containers.compose import Composed
from tests.containers.writer import Writer
from tests.e2e.conftest import browser, chromium, window
from tests.e2e.test_story import (
    test_a_newcomer_posts_sees_the_decision_finds_the_post_by_meaning_and_opens_its_timeline,
    test_one_trace_leads_from_the_browser_through_every_service_and_back,
    test_what_is_held_says_why_and_stays_with_its_author,
)

__all__ = [
    "browser",
    "chromium",
    "test_a_newcomer_posts_sees_the_decision_finds_the_post_by_meaning_and_opens_its_timeline",
    "test_one_trace_leads_from_the_browser_through_every_service_and_back",
    "test_what_is_held_says_why_and_stays_with_its_author",
    "window",
]
pytestmark = pytest.mark.containers


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
