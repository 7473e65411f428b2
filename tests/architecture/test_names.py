"""One name all the way: handler, durable, span, README line; question, subject, handler, README line."""

import inspect
import re

import pytest

from shared.log.events import Fact
from shared.log.streams import CONSUMERS, Consumer
from shared.messaging import requests
from shared.messaging.requests import Request
from shared.security.permissions import APPENDS
from tests.architecture.source_files import ROOT, SERVICES, modules

HEADINGS = ("Does", "Consumes", "Publishes", "Keeps", "Settings", "Change")
LONGEST_README = 40
QUESTIONS = [
    kind
    for _, kind in inspect.getmembers(requests, inspect.isclass)
    if issubclass(kind, Request) and hasattr(kind, "SERVICE")
]


def readme(service: str) -> str:
    return (ROOT / "services" / service / "README.md").read_text(encoding="utf-8")


def defines(service: str, name: str, *, room: str = "") -> bool:
    """Whether the service has a function of this name, in the named room or anywhere."""
    return any(
        name == function.name
        for module in modules(f"services/{service}")
        if module.name.startswith(f"services.{service}.{room}")
        for function in module.functions
    )


@pytest.mark.parametrize("consumer", CONSUMERS, ids=lambda consumer: consumer.durable)
def test_a_durable_is_named_for_its_handler_and_both_stand_in_the_readme(consumer: Consumer) -> None:
    assert consumer.durable == f"{consumer.service}-{consumer.handler.replace('_', '-')}"
    assert defines(consumer.service, consumer.handler, room="handlers"), (
        f"{consumer.service} has no handler {consumer.handler}"
    )
    assert f"`{consumer.handler}`" in readme(consumer.service)
    assert f"`{consumer.durable}`" in readme(consumer.service)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.subject())
def test_a_question_is_named_for_its_handler_and_stands_in_the_readme(question: type[Request[requests.Reply]]) -> None:
    verb_phrase = question.subject().rsplit(".", 1)[-1]
    assert defines(question.SERVICE, verb_phrase), f"{question.SERVICE} does not answer {verb_phrase}"
    assert f"`{question.subject()}`" in readme(question.SERVICE)


@pytest.mark.parametrize("service", SERVICES)
def test_a_readme_answers_the_same_questions_in_the_same_order(service: str) -> None:
    lines = readme(service).splitlines()
    assert len(lines) <= LONGEST_README
    said = [found[1] for line in lines if (found := re.match(r"(?:## |\*\*)(\w+)", line))]
    assert [heading for heading in said if heading in HEADINGS] == list(HEADINGS)


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_may_append_stands_in_its_readme(service: str) -> None:
    for kind in APPENDS[service]:
        assert f"`{kind}`" in readme(service)


def test_every_fact_has_exactly_one_service_that_may_append_it() -> None:
    declared = [fact.TYPE for fact in Fact.KINDS.values() if fact.__module__ == "shared.log.events.facts"]
    assert sorted(kind for kinds in APPENDS.values() for kind in kinds) == sorted(declared)
