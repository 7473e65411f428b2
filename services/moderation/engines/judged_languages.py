"""Lets an engine read only the passages in languages that it judges."""

import asyncio
import hashlib
from collections.abc import Collection
from dataclasses import replace

from services.moderation.engines.engine import Assessment, Engine, ScoringRequest
from shared.log.events import Reading
from shared.policy import ANY_HARM, Policy
from shared.policy.judged_languages import Unjudged, unjudged, without

# The engine of a text that no engine judges.
NO_ENGINE = "none"
# Longer texts are searched beside the event loop: about 5 ms of one core.
SHORT_CHARACTERS = 2000


async def find_unjudged(request: ScoringRequest, judged: Collection[str]) -> Unjudged | None:
    """Return the passages of the text that an engine for these languages cannot judge."""
    text = request.content.text
    return unjudged(text, judged) if len(text) <= SHORT_CHARACTERS else await asyncio.to_thread(unjudged, text, judged)


def in_judged_context(request: ScoringRequest, judged: Collection[str]) -> ScoringRequest:
    """Return the request without the text that a comment answers if an engine for these languages cannot judge it."""
    # Only the beginning is read, and a short one is enough to tell its language.
    if unjudged(request.answered[:SHORT_CHARACTERS], judged) is None:
        return request
    return replace(request, answered="", answered_hash="")


async def assess_in_languages(
    engine: Engine, request: ScoringRequest, policy: Policy, other: Unjudged | None
) -> Assessment:
    """Return the engine's scores of the text without the passages of `other`; it is not asked about nothing."""
    if other is None:
        return await engine.assess(request, policy)
    length = len(request.content.text)
    if other.whole:
        names = frozenset({ANY_HARM, *(entry.id for entry in policy.categories)})
        reading = Reading(characters=length, read=0)
        return Assessment({}, NO_ENGINE, "", unknown_categories=names, reading=reading, unjudged=other)
    places = repr([(span.start, span.end) for span in other.spans])
    part = replace(
        request,
        content=without(request.content, other.spans),
        # Results are stored by this hash, so that of a part must not become that of the text.
        content_hash=f"{request.content_hash}.{hashlib.sha256(places.encode()).hexdigest()[:16]}",
    )
    found = await engine.assess(part, policy)
    skipped = sum(span.end - span.start for span in other.spans)
    if found.reading:
        reading = found.reading.model_copy(update={"read": max(found.reading.read - skipped, 0)})
        found = replace(found, reading=reading)
    return replace(found, unjudged=other)
