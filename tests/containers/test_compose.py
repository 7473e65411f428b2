"""The product in containers: a new user's first post, and killed containers."""

import pytest

from tests.containers.compose import ComposeProject
from tests.containers.writer import Writer
from tests.e2e.conftest import browser, chromium, window
from tests.e2e.test_story import (
    test_a_held_post_shows_the_reason_to_its_author_only,
    test_a_new_user_posts_sees_the_decision_finds_the_post_by_meaning_and_opens_its_timeline,
    test_one_trace_covers_the_browser_and_every_service,
)

__all__ = [
    "browser",
    "chromium",
    "test_a_held_post_shows_the_reason_to_its_author_only",
    "test_a_new_user_posts_sees_the_decision_finds_the_post_by_meaning_and_opens_its_timeline",
    "test_one_trace_covers_the_browser_and_every_service",
    "window",
]
pytestmark = pytest.mark.containers


@pytest.mark.parametrize("service", ["moderation", "embeddings", "ranking", "nats", "gateway"])
def test_a_killed_container_loses_nothing(product: ComposeProject, service: str) -> None:
    writer = Writer(product.url)
    before = writer.submit(f"Before {service} was killed")
    product.check("kill", "-s", "SIGKILL", service)
    during = writer.submit(f"While {service} was away") if service not in ("nats", "gateway") else before
    product.check("up", "--wait", "--no-recreate", service)

    assert {writer.settled(post) for post in (before, during)} == {"published"}
    assert {writer.settled(writer.submit(f"After {service} was back"))} == {"published"}


def test_a_service_has_no_secret_of_another(product: ComposeProject) -> None:
    own = {
        service: set(product.check("exec", "-T", service, "ls", "/run/secrets").split())
        for service in ("gateway", "moderation", "embeddings", "ranking", "nats")
    }
    assert own["nats"] == {"broker.env"}
    assert {service for service, files in own.items() if "broker.env" in files} == {"nats"}
    assert {service for service, files in own.items() if "ottit_qdrant_api_key" in files} == {"embeddings"}
    assert {service for service, files in own.items() if "ottit_audit_key" in files} == {"moderation"}
    assert "ottit_master_key" not in own["ranking"]


def test_the_root_file_system_is_read_only(product: ComposeProject) -> None:
    for service in ("gateway", "moderation", "embeddings", "ranking"):
        refused = product.run("exec", "-T", service, "touch", "/opt/ottit/app/x")
        assert "Read-only file system" in refused.stderr


@pytest.mark.parametrize(
    ("service", "address", "reached"),
    [
        ("ranking", "nats:4222", True),
        ("gateway", "nats:4222", True),
        ("ranking", "moderation:9464", False),
        ("gateway", "embeddings:9464", False),
        ("moderation", "gateway:8700", False),
    ],
)
def test_a_container_reaches_only_what_it_needs(
    product: ComposeProject, service: str, address: str, reached: bool
) -> None:
    host, port = address.split(":")
    script = f"import socket; socket.create_connection(({host!r}, {port}), timeout=5)"
    done = product.run("exec", "-T", service, "python", "-c", script)
    assert (done.returncode == 0) == reached, done.stderr


def test_only_gateway_and_moderation_have_a_way_to_other_machines(product: ComposeProject) -> None:
    found = {
        service for service in ("gateway", "moderation", "embeddings", "ranking") if reaches_pypi(product, service)
    }
    if not found:
        pytest.skip("this machine has no way to pypi.org")
    assert found == {"gateway", "moderation"}


def reaches_pypi(product: ComposeProject, service: str) -> bool:
    """Tell if a container connects to a machine outside. Some engines answer names for all of them."""
    script = "import socket; socket.create_connection(('pypi.org', 443), timeout=10)"
    return product.run("exec", "-T", service, "python", "-c", script).returncode == 0
