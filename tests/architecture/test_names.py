"""Handlers, durables, subjects and README lines share one name."""

import inspect
import re

import pytest

from shared.log.events import Fact
from shared.log.streams import CONSUMERS, Consumer
from shared.messaging import requests
from shared.messaging.requests import Request
from shared.security.broker_accounts import broker_config
from shared.security.permissions import APPENDS
from tests.architecture.source_files import ROOT, SERVICES, modules

HEADINGS = ("Does", "Consumes", "Publishes", "Keeps", "Settings", "Change")
LONGEST_README = 40
REQUESTS = [
    kind
    for _, kind in inspect.getmembers(requests, inspect.isclass)
    if issubclass(kind, Request) and hasattr(kind, "SERVICE")
]


def readme(service: str) -> str:
    return (ROOT / "services" / service / "README.md").read_text(encoding="utf-8")


def check_readme(service: str, heading: str, *names: str) -> None:
    """Check that a service's README names these facts, handlers or subjects in backticks."""
    missing = [name for name in names if f"`{name}`" not in readme(service)]
    assert not missing, f"add to {heading} in services/{service}/README.md: {missing}"


def defines(service: str, name: str, *, package: str = "") -> bool:
    """Return whether the service defines a function of this name, in a module or package or anywhere."""
    return any(
        name == function.name
        for module in modules(f"services/{service}")
        if module.name.startswith(f"services.{service}.{package}")
        for function in module.functions
    )


@pytest.mark.parametrize("consumer", CONSUMERS, ids=lambda consumer: consumer.durable)
def test_a_durable_is_named_for_its_handler_and_both_are_in_the_readme(consumer: Consumer) -> None:
    assert consumer.durable == f"{consumer.service}-{consumer.handler.replace('_', '-')}"
    assert defines(consumer.service, consumer.handler, package="handlers"), (
        f"{consumer.service} has no handler {consumer.handler}"
    )
    check_readme(consumer.service, "Consumes", consumer.handler, consumer.durable)


@pytest.mark.parametrize("request_type", REQUESTS, ids=lambda request_type: request_type.subject())
def test_a_request_is_named_for_its_handler_and_is_in_the_readme(
    request_type: type[Request[requests.Reply]],
) -> None:
    verb_phrase = request_type.subject().rsplit(".", 1)[-1]
    assert defines(request_type.SERVICE, verb_phrase), f"{request_type.SERVICE} does not answer {verb_phrase}"
    check_readme(request_type.SERVICE, "Consumes", request_type.subject())


@pytest.mark.parametrize("service", SERVICES)
def test_every_readme_has_the_same_headings_in_the_same_order(service: str) -> None:
    lines = readme(service).splitlines()
    assert len(lines) <= LONGEST_README
    headings = [found[1] for line in lines if (found := re.match(r"(?:## |\*\*)(\w+)", line))]
    assert [heading for heading in headings if heading in HEADINGS] == list(HEADINGS)


@pytest.mark.parametrize("service", SERVICES)
def test_the_readme_names_the_facts_that_the_service_appends(service: str) -> None:
    check_readme(service, "Publishes", *APPENDS[service])


def test_exactly_one_service_may_append_each_fact() -> None:
    declared = [fact.TYPE for fact in Fact.KINDS.values() if fact.__module__.startswith("shared.log.events.")]
    assert sorted(kind for kinds in APPENDS.values() for kind in kinds) == sorted(declared), (
        "name each fact of shared/log/events/ once in APPENDS of shared/security/permissions.py"
    )


def test_the_broker_permissions_are_current() -> None:
    written = (ROOT / "deploy" / "nats" / "accounts.conf").read_text(encoding="utf-8")
    assert written == broker_config(), "run: make generate"
