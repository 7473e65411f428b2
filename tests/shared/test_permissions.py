"""The permissions of each service at the broker, and the generated files that state them."""

from pathlib import Path

import pytest

from shared.security.broker_accounts import broker_config
from shared.security.capabilities import CAPABILITIES, TABLE, allows, as_markdown
from shared.security.permissions import SERVICES, _subject_of, may_publish, may_subscribe

ROOT = Path(__file__).parents[2]


def test_the_brokers_configuration_holds_the_permissions_of_the_code() -> None:
    assert (ROOT / "deploy/nats/accounts.conf").read_text() == broker_config(), "run `make generate`"


def test_the_documentation_holds_the_capabilities_of_the_code() -> None:
    assert (ROOT / "docs/capabilities.md").read_text() == as_markdown(), "run `make generate`"


def test_only_moderation_may_decide_and_only_the_gateway_may_submit() -> None:
    for service in SERVICES:
        subjects = may_publish(service)
        assert ("events.post.decided.*" in subjects) == (service == "moderation")
        assert ("events.post.submitted.*" in subjects) == (service == "gateway")
        assert not any(subject.startswith((">", "events.>")) for subject in subjects)


def test_only_the_gateway_reads_previews_and_deletes_keys() -> None:
    for service in SERVICES:
        subjects = may_publish(service)
        assert ("$JS.API.DIRECT.GET.PREVIEWS" in subjects) == (service == "gateway")
        assert ("$JS.API.STREAM.MSG.DELETE.KV_KEYS" in subjects) == (service == "gateway")


def test_a_service_consumes_its_own_durables_only() -> None:
    for service in SERVICES:
        own = {subject for subject in may_publish(service) if subject.startswith("$JS.API.CONSUMER.MSG.NEXT.")}
        assert all(subject.rpartition(".")[2].startswith(service) for subject in own)


def test_a_service_subscribes_to_its_own_inboxes_and_requests_and_to_what_it_follows() -> None:
    own = ["_INBOX_ranking.>", "operations.ranking.*", "requests.ranking.*"]
    assert may_subscribe("ranking") == [*own, "stored.EVENTS.>", "stored.SIGNALS.>"]


def test_no_service_creates_or_deletes_streams_or_consumers() -> None:
    for service in SERVICES:
        verbs = {".".join(subject.split(".")[2:4]) for subject in may_publish(service) if subject.startswith("$JS.API")}
        assert not {verb for verb in verbs if verb.endswith(("CREATE", "DELETE", "UPDATE", "PURGE"))}


def test_a_permission_for_a_fact_that_does_not_exist_is_a_mistake_in_the_code() -> None:
    with pytest.raises(LookupError, match=r"^unknown fact post\.exploded$"):
        _subject_of("post.exploded")


def test_one_role_with_the_capability_is_enough() -> None:
    assert allows("review_posts", frozenset({"member", "moderator"}))
    assert not allows("review_posts", frozenset({"member", "suspended"}))
    assert not allows("review_posts", frozenset())


def test_every_capability_has_a_name_of_its_own() -> None:
    assert list(CAPABILITIES.values()) == list(TABLE)
