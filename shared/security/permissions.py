"""The broker permissions of each service, derived from the facts, streams, buckets and requests that it uses."""

from dataclasses import dataclass

from shared.log.events.envelope import Fact
from shared.log.integrity import REPORTERS
from shared.log.streams import CONSUMERS, STREAMS, stored_subject
from shared.messaging.requests import BROKER_HEALTH, health_subject, subjects_of

APPENDS: dict[str, tuple[str, ...]] = {
    "gateway": (
        "user.registered",
        "user.approved",
        "user.refused",
        "user.role_granted",
        "user.role_revoked",
        "user.suspended",
        "user.reinstated",
        "user.security_changed",
        "user.erased",
        "community.created",
        "community.changed",
        "post.submitted",
        "post.edited",
        "post.withdrawn",
        "post.appealed",
        "report.filed",
        "interest.changed",
    ),
    "moderation": ("post.decided",),
    "embeddings": ("embedding.stored",),
    "ranking": (),
    # Not a service: the launcher and the command line, which sign policies and resolve dead letters.
    "operator": ("policy.drafted", "policy.activated", "policy.retired", "letter.redriven", "letter.dropped"),
}

# Messages between the replicas of one service, which never leave its account at the broker.
REPLICAS = "replicas."
USES = f"{REPLICAS}gateway.uses"


ON_DISK = tuple(str(declared["name"]) for declared in STREAMS if declared["storage"] == "file")


@dataclass(frozen=True)
class BrokerPermissions:
    """One service's permissions, besides those for the facts it appends and the durables it owns."""

    publishes: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()  # services to which it may send requests
    follows: tuple[str, ...] = ()  # streams that it reads in order, as they grow
    gets: tuple[str, ...] = ()  # streams from which it reads messages
    inspects: tuple[str, ...] = ()  # streams whose messages it counts
    reads: tuple[str, ...] = ()  # buckets
    watches: tuple[str, ...] = ()  # buckets whose changes it follows
    writes: tuple[str, ...] = ()  # buckets
    deletes: tuple[str, ...] = ()  # buckets in which it may overwrite a message's bytes
    takes_back: tuple[str, ...] = ()  # streams from which it may delete messages


BROKER_PERMISSIONS: dict[str, BrokerPermissions] = {
    "gateway": BrokerPermissions(
        publishes=(
            "signals.>",
            "previews.>",
            "telemetry.spans.*.browser",
            "telemetry.kept.*",
            "guesses.*",
            "challenges.*",
            USES,
            BROKER_HEALTH,
        ),
        requests=("moderation", "embeddings", "ranking"),
        follows=("EVENTS", "SIGNALS", "PREVIEWS"),
        # It looks for messages that are lost or cannot be read, in every stream on disk.
        gets=(*ON_DISK, "SPANS", "ALARMS"),
        inspects=("GUESSES",),
        reads=("ACCOUNTS", "SESSIONS", "KEYS", "POLICIES", "CLAIMS", "REVOKED", "MARKS"),
        watches=("KEYS", "SESSIONS"),
        writes=("ACCOUNTS", "SESSIONS", "KEYS", "CLAIMS", "REVOKED", "MARKS"),
        deletes=("ACCOUNTS", "KEYS", "SESSIONS", "MARKS"),
        takes_back=("GUESSES",),
    ),
    "moderation": BrokerPermissions(
        publishes=("spending.>", "audit.checkpoint"),
        follows=("EVENTS",),
        gets=("EVENTS", "AUDIT", "ALARMS"),
        reads=("KEYS", "INFERENCE", "POLICIES"),
        watches=("KEYS",),
        writes=("INFERENCE",),
    ),
    "embeddings": BrokerPermissions(
        follows=("EVENTS", "SIGNALS"),
        gets=("EVENTS", "AUDIT", "ALARMS"),
        reads=("KEYS", "INFERENCE"),
        watches=("KEYS",),
    ),
    "ranking": BrokerPermissions(requests=("embeddings",), follows=("EVENTS", "SIGNALS")),
}
SERVICES: tuple[str, ...] = tuple(BROKER_PERMISSIONS)


def _subject_of(kind: str) -> str:
    if kind not in Fact.KINDS:
        raise LookupError(f"unknown fact {kind}")
    return Fact.KINDS[kind].subject("*")


def may_publish(service: str) -> list[str]:
    """Return every subject that the service may publish to, including those of JetStream's API.

    None of them creates, changes or deletes a stream or a consumer: a consumer sends to any subject that its creator
    chooses. Services read streams by `$JS.API.DIRECT.GET`.
    """
    granted = BROKER_PERMISSIONS[service]
    subjects = {_subject_of(kind) for kind in APPENDS[service]} | set(granted.publishes)
    for other in granted.requests:
        subjects |= {*subjects_of(other), health_subject(other)}
    subjects |= {f"telemetry.spans.*.{service}", "$JS.API.INFO"}
    subjects |= {f"alarms.{service}"} if service in REPORTERS else set()
    subjects |= {f"$JS.API.STREAM.INFO.{name}" for name in may_inspect(service)}
    subjects |= {f"$JS.API.DIRECT.GET.{name}" for name in _followed(granted)}
    for name in (*granted.gets, *(f"KV_{bucket}" for bucket in granted.reads)):
        subjects |= _get(name)
    subjects |= {f"$KV.{name}.>" for name in granted.writes}
    deletable = (*granted.takes_back, *(f"KV_{name}" for name in granted.deletes))
    subjects |= {f"$JS.API.STREAM.MSG.DELETE.{name}" for name in deletable}
    for consumer in CONSUMERS:
        if consumer.service == service:
            subjects |= {f"dead.{service}.{consumer.durable}.*", *_consume("EVENTS", consumer.durable)}
    return sorted(subjects)


def may_subscribe(service: str) -> list[str]:
    """Return the subjects that the service may subscribe to: its inboxes, requests, replicas, and what it follows."""
    followed = {stored_subject(name) for name in _followed(BROKER_PERMISSIONS[service])}
    own = {one for one in BROKER_PERMISSIONS[service].publishes if one.startswith(REPLICAS)}
    return sorted({f"_INBOX_{service}.>", f"operations.{service}.*", f"requests.{service}.*"} | followed | own)


def may_inspect(service: str) -> list[str]:
    """Return the streams whose state the service may read. It names the stored subjects, such as handles."""
    granted = BROKER_PERMISSIONS[service]
    buckets = {f"KV_{name}" for name in (*granted.reads, *granted.watches, *granted.writes)}
    return sorted({*granted.follows, *granted.gets, *granted.inspects} | buckets)


def _followed(granted: BrokerPermissions) -> tuple[str, ...]:
    return (*granted.follows, *(f"KV_{name}" for name in granted.watches))


def _get(name: str) -> set[str]:
    return {
        f"$JS.API.STREAM.MSG.GET.{name}",
        f"$JS.API.DIRECT.GET.{name}",
        f"$JS.API.DIRECT.GET.{name}.>",
    }


def _consume(name: str, durable: str) -> set[str]:
    return {
        f"$JS.API.CONSUMER.INFO.{name}.{durable}",
        f"$JS.API.CONSUMER.MSG.NEXT.{name}.{durable}",
        f"$JS.ACK.{name}.{durable}.>",
    }
