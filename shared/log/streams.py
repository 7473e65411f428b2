"""Declares all streams, buckets and durable consumers. `provision` applies them; services only check them."""

from dataclasses import dataclass
from typing import Any

from shared.log.events import PostDecided, PostEdited, PostSubmitted, PostWithdrawn, UserErased
from shared.log.events.envelope import Fact

SECOND = 1_000_000_000  # JetStream counts in nanoseconds
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
MIB = 1024 * 1024

# A body of 40,000 characters is at most 160 kB of UTF-8 and 214 kB sealed; twice that leaves room for the envelope.
MAX_EVENT_BYTES = 512 * 1024
# The first word of the subjects on which the broker says what it has stored.
STORED = "stored."


def stream(name: str, *subjects: str, **settings: Any) -> dict[str, Any]:
    """Return a stream's declaration in the broker's field names: the settings over these defaults."""
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


def stored_subject(name: str) -> str:
    """Return the pattern of the subjects on which the broker says what it has stored in a stream, without content."""
    return f"{STORED}{name}.>"


def followed(name: str) -> dict[str, Any]:
    """Return the settings of a stream that services follow: they learn of a new message from `stored_subject`."""
    return {"republish": {"src": ">", "dest": stored_subject(name), "headers_only": True}}


STREAMS: tuple[dict[str, Any], ...] = (
    # Ten minutes of duplicate detection cover a client that retries through a broker restart.
    stream("EVENTS", "events.>", deny_purge=True, deny_delete=True, duplicate_window=10 * MINUTE, **followed("EVENTS")),
    stream("SIGNALS", "signals.>", discard="old", max_msgs_per_subject=1, **followed("SIGNALS")),
    # Anybody may send previews: past about 500,000 the oldest are dropped, so that they cannot fill the log's disk.
    stream(
        "PREVIEWS",
        "previews.>",
        discard="old",
        max_age=30 * DAY,
        max_bytes=256 * MIB,
        persist_mode="async",
        **followed("PREVIEWS"),
    ),
    stream("DEAD_LETTERS", "dead.>", max_msg_size=2 * MAX_EVENT_BYTES),
    # A checkpoint every ten seconds while the log grows. Checkpoints must last as long as the log they sign.
    stream("AUDIT", "audit.>", deny_purge=True, deny_delete=True),
    # Damage to the log that a service has found. In memory, because new checks follow every start of the broker.
    stream("ALARMS", "alarms.>", storage="memory", discard="old", max_msgs_per_subject=1, max_bytes=1 * MIB),
    # Guesses of passwords by all gateways, by a MAC of account and device: 10 in 15 minutes are 40 an hour and device
    # (OWASP ASVS 5, 6.3.1, wants a limit; NIST SP 800-63B allows 100 in all). People need two or three. The broker
    # refuses one more. 16 MiB are about 100,000 guesses; past them each gateway counts alone.
    stream(
        "GUESSES",
        "guesses.*",
        storage="memory",
        max_age=15 * MINUTE,
        max_msgs_per_subject=10,
        discard_new_per_subject=True,
        max_bytes=16 * MIB,
    ),
    # Hashes of used challenges of passkeys and ways back from the identity provider, twice as long as the latter last:
    # the clocks of the gateways may differ.
    # On disk, so that a restart of the broker makes none usable again.
    stream(
        "CHALLENGES", "challenges.*", discard="old", max_age=30 * MINUTE, max_msgs_per_subject=1, max_bytes=16 * MIB
    ),
    # Provider costs by day: each message adds to a sum (NATS ADR-49). Earlier days stay for a week for reference.
    stream("SPENDING", "spending.>", discard="old", max_msgs_per_subject=1, max_age=7 * DAY, allow_msg_counter=True),
    # Traces serve to inspect today's posts; the log keeps the facts.
    stream("SPANS", "telemetry.spans.>", storage="memory", discard="old", max_age=DAY, max_bytes=64 * MIB),
    # Traces of held and rejected posts, kept past the two weeks for an appeal. 256 MiB are 50,000 traces.
    stream("KEPT_SPANS", "telemetry.kept.>", discard="old", max_age=90 * DAY, max_bytes=256 * MIB),
)


def bucket(name: str, **settings: Any) -> dict[str, Any]:
    """Return the declaration of a key-value bucket: a stream named `KV_<name>` with one message a key."""
    return stream(
        f"KV_{name}",
        f"$KV.{name}.>",
        **{"max_msgs_per_subject": 1, "allow_rollup_hdrs": True, "deny_delete": True, **settings},
    )


BUCKETS: tuple[dict[str, Any], ...] = (
    # Erased handles, keys and names of tokens must leave the disk: deleting a single message overwrites its bytes.
    bucket("ACCOUNTS", deny_delete=False),
    bucket("KEYS", deny_delete=False, **followed("KV_KEYS")),
    # 90 days: the longest lifetime of a bearer token.
    bucket("SESSIONS", deny_delete=False, max_age=90 * DAY, **followed("KV_SESSIONS")),
    # Secrets that were signed out or revoked, by their hash: a damaged SESSIONS could have an earlier revision of one.
    bucket("REVOKED", max_age=90 * DAY),
    # How far each stream had grown, and how often each user's credentials were changed: `shared/log/stream_marks.py`.
    bucket("MARKS", deny_delete=False),
    # The post that each moderator is reviewing: five minutes suffice to read a long text and write a reason. Claims
    # are advisory, so memory is enough.
    bucket("CLAIMS", storage="memory", discard="old", max_age=5 * MINUTE, max_bytes=16 * MIB),
    # The embedding follows the decision within seconds, also during an import: 16 MiB are about 8,000 texts.
    bucket("INFERENCE", storage="memory", discard="old", max_age=HOUR, max_bytes=16 * MIB),
    # Bundles are stored by digest and immutable: the broker refuses a second message under a key.
    bucket("POLICIES", discard_new_per_subject=True, allow_rollup_hdrs=False),
)


@dataclass(frozen=True)
class Consumer:
    """A durable consumer named `<service>-<handler-with-dashes>`, with the facts that it handles."""

    service: str
    handler: str
    facts: tuple[type[Fact], ...]
    # Two encoder batches of 32: one runs while the next waits.
    in_flight: int = 64
    # Messages of a stopped or crashed process are redelivered after this time. A longer handler reports progress three
    # times within it (`shared/log/handler_runner.py`): it limits how long a process may hang, not how long it may work.
    ack_wait_s: int = 15

    @property
    def durable(self) -> str:
        """The consumer's name at the broker."""
        return f"{self.service}-{self.handler.replace('_', '-')}"

    def config(self) -> dict[str, Any]:
        """Return the declaration in the broker's field names. Deliveries are unlimited: see `handler_runner`."""
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


# More than anybody's allowance of long texts: the handlers take turns by author (shared/model/fair_queue.py).
DECIDE_POST = Consumer("moderation", "decide_post", (PostSubmitted, PostEdited), in_flight=256)
INDEX_POST = Consumer("embeddings", "index_post", (PostDecided, PostEdited, PostWithdrawn, UserErased))
CONSUMERS: tuple[Consumer, ...] = (DECIDE_POST, INDEX_POST)
