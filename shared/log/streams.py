"""Streams, buckets and durable consumers: declared here once, applied by `provision`, asserted by services."""

from dataclasses import dataclass
from typing import Any

from shared.log.events import PostDecided, PostEdited, PostSubmitted, PostWithdrawn, UserErased
from shared.log.events.envelope import Fact

SECOND = 1_000_000_000  # JetStream counts in nanoseconds
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
MIB = 1024 * 1024

# 40,000 characters of body are at most 160 kB of UTF-8, 214 kB sealed: twice that leaves room for the envelope.
MAX_EVENT_BYTES = 512 * 1024


def stream(name: str, *subjects: str, **settings: Any) -> dict[str, Any]:
    """A stream's declaration in the broker's own field names, with our defaults under the given settings."""
    return {
        "name": name,
        "subjects": list(subjects),
        "storage": "file",
        "retention": "limits",
        "discard": "new",
        "max_age": 0,
        "max_bytes": -1,
        "max_msgs": -1,
        "max_msg_size": MAX_EVENT_BYTES,
        "num_replicas": 1,
        "allow_direct": True,
        **settings,
    }


STREAMS: tuple[dict[str, Any], ...] = (
    # Ten minutes of duplicate window cover a client that retries through a broker restart.
    stream("EVENTS", "events.>", deny_purge=True, deny_delete=True, duplicate_window=10 * MINUTE),
    stream("SIGNALS", "signals.>", discard="old", max_msgs_per_subject=1),
    # Anybody may send previews all day: past some 500,000 of them the oldest go, and the disk stays the log's.
    stream("PREVIEWS", "previews.>", discard="old", max_age=30 * DAY, max_bytes=256 * MIB, persist_mode="async"),
    stream("DEAD_LETTERS", "dead.>", max_msg_size=2 * MAX_EVENT_BYTES),
    # A checkpoint every ten seconds while the log grows: what was signed must stay as long as what it is about.
    stream("AUDIT", "audit.>", deny_purge=True, deny_delete=True),
    # What providers cost, by day: each message adds to a sum (ADR-49 of NATS). Yesterday's is for looking up.
    stream("SPENDING", "spending.>", discard="old", max_msgs_per_subject=1, max_age=7 * DAY, allow_msg_counter=True),
    # Traces are for looking at today's posts; the log keeps what matters.
    stream("SPANS", "telemetry.spans.>", storage="memory", discard="old", max_age=DAY, max_bytes=64 * MIB),
    # Of what was held or rejected: an appeal runs two weeks, and questions come after it. 256 MiB are 50,000 traces.
    stream("KEPT_SPANS", "telemetry.kept.>", discard="old", max_age=90 * DAY, max_bytes=256 * MIB),
)


def bucket(name: str, **settings: Any) -> dict[str, Any]:
    """A key-value bucket: a stream of JetStream's own naming, one message a key, deletes by roll-up."""
    return stream(
        f"KV_{name}",
        f"$KV.{name}.>",
        **{"max_msgs_per_subject": 1, "allow_rollup_hdrs": True, "deny_delete": True, **settings},
    )


BUCKETS: tuple[dict[str, Any], ...] = (
    bucket("ACCOUNTS"),
    # A deleted key must leave the disk: single messages can be deleted, which overwrites them.
    bucket("KEYS", deny_delete=False),
    bucket("SESSIONS", max_age=90 * DAY),  # the longest life of a bearer token
    # Who looks at which post of the queue: five minutes are a long text and a reason in words; it binds nobody, so
    # memory is enough.
    bucket("CLAIMS", storage="memory", discard="old", max_age=5 * MINUTE, max_bytes=16 * MIB),
    # A decision is followed by its embedding within seconds, also during an import: 16 MiB are about 8,000 texts.
    bucket("INFERENCE", storage="memory", discard="old", max_age=HOUR, max_bytes=16 * MIB),
    # Bundles are named by their digest: the broker itself refuses a second message under a key.
    bucket("POLICIES", discard_new_per_subject=True, allow_rollup_hdrs=False),
)


@dataclass(frozen=True)
class Consumer:
    """A durable consumer: `<service>-<handler-with-dashes>` on the facts it handles."""

    service: str
    handler: str
    facts: tuple[type[Fact], ...]
    # Two encoder batches of 32: one runs while the next waits at the door.
    in_flight: int = 64
    # What a process that stops or crashes had fetched is given out again after this. Whoever works longer on a message
    # says so three times in it (`shared/log/delivery.py`): it bounds how long a process may stand still, not its work.
    ack_wait_s: int = 15

    @property
    def durable(self) -> str:
        """The consumer's name at the broker."""
        return f"{self.service}-{self.handler.replace('_', '-')}"

    def config(self) -> dict[str, Any]:
        """The declaration in the broker's field names. Deliveries have no limit: we write dead letters ourselves."""
        return {
            "durable_name": self.durable,
            "name": self.durable,
            "deliver_policy": "all",
            "ack_policy": "explicit",
            "ack_wait": self.ack_wait_s * SECOND,
            "max_deliver": -1,
            "max_ack_pending": self.in_flight,
            "filter_subjects": [fact.subject("*") for fact in self.facts],
            "replay_policy": "instant",
        }


DECIDE_POST = Consumer("moderation", "decide_post", (PostSubmitted, PostEdited))
INDEX_POST = Consumer("embeddings", "index_post", (PostDecided, PostEdited, PostWithdrawn, UserErased))
CONSUMERS: tuple[Consumer, ...] = (DECIDE_POST, INDEX_POST)
