"""Pure checkers of effects beside the log: I9 healing, I10 every delivery, I12 traces, I13 overturned decisions."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from shared.log.events import (
    Event,
    PostAppealed,
    PostDecided,
    PostEdited,
    PostSubmitted,
    PostWithdrawn,
    ReportFiled,
)
from tests.faults.invariants import accounted, published

# An idle process needs well below a tenth of a core; one that spins needs all of it.
SPINS_FROM = 0.7


@dataclass(frozen=True)
class HealthSample:
    """One look at an installation's health. `at`: seconds of a monotonic clock; `lag`: waiting messages in all."""

    at: float
    ready: bool
    lag: int


def healed(samples: Sequence[HealthSample], began: float, ended: float, within_s: float) -> list[str]:
    """I9: readiness was red during the fault, and green without lag from `within_s` after it until the last sample."""
    during = [sample for sample in samples if began <= sample.at <= ended]
    after = [sample for sample in samples if sample.at > ended + within_s]
    wrong = [] if any(not sample.ready for sample in during) else ["readiness stayed green during the fault"]
    if not after:
        wrong.append(f"nobody looked {within_s:g} s after the fault")
    if any(not sample.ready for sample in after):
        wrong.append(f"not ready {within_s:g} s after the fault")
    if after and after[-1].lag:
        wrong.append(f"{after[-1].lag} messages wait {within_s:g} s after the fault")
    return wrong


def none_spins(shares: Mapping[str, float]) -> list[str]:
    """I9: no process of an idle installation uses a core. `shares`: process → share of one core."""
    return [f"{name} uses {share:.0%} of a core while idle" for name, share in shares.items() if share >= SPINS_FROM]


def decisions_accounted(log: Sequence[Event], unreadable: Set[int], dead: Sequence[int]) -> list[str]:
    """I10 for moderation: each text was decided, overtaken by a later fact of its post, or is a dead letter.

    `unreadable`: sequences of messages under the subjects of texts that cannot be decoded, so that they are poison.
    """
    texts = {event.sequence: event for event in log if isinstance(event.data, PostSubmitted | PostEdited)}
    judged = {event.data.judged_sequence for event in log if isinstance(event.data, PostDecided)}
    latest: dict[str, int] = {}
    for event in log:
        if isinstance(event.data, PostSubmitted | PostEdited | PostWithdrawn | PostDecided):
            latest[event.entity_id] = event.sequence
    overtaken = {sequence for sequence, event in texts.items() if latest[event.entity_id] > sequence} - judged
    return accounted(set(texts) | set(unreadable), (judged & set(texts)) | overtaken, dead, unreadable)


def connected_trace(spans: Sequence[Mapping[str, Any]], wanted: Set[str]) -> list[str]:
    """I12: the spans of a post are one tree with a single root, and every wanted service took part.

    Each span has `service`, `name`, `trace_id`, `span_id`, `parent_span_id` and `attributes`, as the API's timeline.
    """
    ids = {span["span_id"] for span in spans}
    roots = [span for span in spans if span["parent_span_id"] not in ids]
    wrong = []
    if len({span["trace_id"] for span in spans}) != 1:
        wrong.append(f"{len({span['trace_id'] for span in spans})} traces instead of one")
    if len(roots) != 1:
        wrong.append(f"{len(roots)} spans have no known parent: {sorted(str(span['name']) for span in roots)}")
    missing = wanted - {span["service"] for span in spans}
    return [*wrong, *(f"no span of {service}" for service in sorted(missing))]


def attempts_visible(spans: Sequence[Mapping[str, Any]]) -> list[str]:
    """I12: each attempt of a handler at one message is a span of its own, with its own number."""
    attempts: dict[tuple[str, Any], list[int]] = {}
    for span in spans:
        if "ottit.attempt" in span["attributes"]:
            place = (span["name"], span["attributes"].get("ottit.sequence"))
            attempts.setdefault(place, []).append(span["attributes"]["ottit.attempt"])
    return [
        f"{name} of {sequence} has two spans of one attempt: {sorted(numbers)}"
        for (name, sequence), numbers in attempts.items()
        if len(set(numbers)) != len(numbers)
    ]


def overturned(log: Sequence[Event]) -> dict[str, str]:
    """Return post → outcome, where a person changed the outcome and no later text or decision replaced it."""
    standing: dict[str, str] = {}
    found: dict[str, str] = {}
    for event in log:
        fact = event.data
        if isinstance(fact, PostDecided):
            before = standing.get(event.entity_id)
            standing[event.entity_id] = fact.outcome
            found.pop(event.entity_id, None)
            if fact.decided_by == "person" and before not in (None, fact.outcome):
                found[event.entity_id] = fact.outcome
        elif isinstance(fact, PostEdited | PostWithdrawn):
            found.pop(event.entity_id, None)
            standing.pop(event.entity_id, None)
    return found


def waiting_again(log: Sequence[Event]) -> set[str]:
    """Return the posts that were appealed or reported after their last decision."""
    waiting: set[str] = set()
    for event in log:
        if isinstance(event.data, PostDecided):
            waiting.discard(event.entity_id)
        elif isinstance(event.data, PostAppealed):
            waiting.add(event.entity_id)
        elif isinstance(event.data, ReportFiled):
            waiting.add(event.data.post_id)
    return waiting


def effects_reversed(log: Sequence[Event], places: Mapping[str, Set[str]], queue: Set[str]) -> list[str]:
    """I13: an overturned post is in all places if it is published now, otherwise in none, and waits in no queue.

    `places`: name of a list → posts in it (feed, index, ranking …); `queue`: posts in the review queue.
    """
    public, again = published(log), waiting_again(log)
    wrong = []
    for post_id, outcome in overturned(log).items():
        for name, posts in places.items():
            if (post_id in posts) != (post_id in public):
                wrong.append(f"{post_id} was overturned to {outcome} and is {_where(post_id in posts)} {name}")
        if outcome != "held" and post_id in queue - again:
            wrong.append(f"{post_id} was overturned to {outcome} and still waits for review")
    return wrong


def _where(inside: bool) -> str:
    return "still in" if inside else "missing from"
