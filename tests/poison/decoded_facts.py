"""The edge values that survive decoding: each as a fact of its own entity, behind the facts that it needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.ids import derived_id
from shared.log.events import (
    DecodeError,
    EmbeddingStored,
    Event,
    PostAppealed,
    PostFact,
    PostSubmitted,
    ReportFiled,
    decode,
)
from shared.testing import decided, submitted
from tests.poison.edge_values import encoded, variants
from tests.poison.legal_documents import facts


@dataclass(frozen=True)
class Survivor:
    """A fact with an edge value that its schema allows."""

    label: str
    event: Event


def survivors() -> Iterator[Survivor]:
    """Yield every variant of a fact that is decoded; all others must be refused with a DecodeError."""
    for name, document in facts().items():
        for number, (label, variant) in enumerate(variants(document)):
            if not label.startswith("entity_id") and "entity_id" in variant:
                variant["entity_id"] = derived_id(number, name)
            try:
                yield Survivor(f"{name}: {label}", decode(encoded(variant)))
            except DecodeError:
                continue


def history(event: Event) -> list[Event]:
    """Return the fact behind the facts that make it effective, and before a publication of a submission."""
    fact = event.data
    if isinstance(fact, PostSubmitted):
        return [event, _published(event, event, fact.revision)]
    if isinstance(fact, ReportFiled):
        post = submitted(fact.post_id)
        return [post, _published(event, post, 1), event]
    if isinstance(fact, EmbeddingStored | PostFact):
        post = submitted(event.entity_id, revision=fact.revision)
        held = [decided(post, "held", revision=fact.revision)] if isinstance(fact, PostAppealed) else []
        return [post, *held, event]
    return [event]


def _published(owner: Event, post: Event, revision: int) -> Event:
    made = decided(post, revision=revision)
    fields: dict[str, Any] = {"event_id": f"{owner.event_id[:100]}-published"}
    return made.model_copy(update=fields)
