"""The broker permissions of each service, derived from the facts, streams, buckets and requests that it uses."""

from dataclasses import dataclass

from shared.log.events.envelope import Fact
from shared.log.streams import BUCKETS, CONSUMERS, STREAMS

APPENDS: dict[str, tuple[str, ...]] = {
    "gateway": (
        "user.registered",
        "user.role_granted",
        "user.role_revoked",
        "user.suspended",
        "user.reinstated",
        "user.erased",
        "community.created",
        "community.changed",
        "post.submitted",
        "post.edited",
        "post.withdrawn",
        "post.appealed",
        "report.filed",
    ),
    "moderation": ("post.decided",),
    "embeddings": ("embedding.stored",),
    "ranking": (),
    # Not a service: the launcher and the command line, which sign policies and resolve dead letters.
    "operator": ("policy.drafted", "policy.activated", "policy.retired", "letter.redriven", "letter.dropped"),
}


@dataclass(frozen=True)
class BrokerPermissions:
    """One service's permissions, besides those for the facts it appends and the durables it owns."""

    publishes: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()  # services to which it may send requests
    follows: tuple[str, ...] = ()  # streams that it reads in order
    gets: tuple[str, ...] = ()  # streams from which it reads single messages
    reads: tuple[str, ...] = ()  # buckets
    writes: tuple[str, ...] = ()  # buckets
    deletes: tuple[str, ...] = ()  # buckets in which it may overwrite a message's bytes


BROKER_PERMISSIONS: dict[str, BrokerPermissions] = {
    "gateway": BrokerPermissions(
        publishes=("signals.>", "previews.>", "telemetry.kept.*", "alarms.gateway"),
        requests=("moderation", "embeddings", "ranking"),
        follows=("EVENTS", "SIGNALS", "PREVIEWS"),
        gets=("EVENTS", "SPANS", "KEPT_SPANS", "AUDIT", "ALARMS"),
        reads=("ACCOUNTS", "SESSIONS", "KEYS", "POLICIES", "CLAIMS"),
        writes=("ACCOUNTS", "SESSIONS", "KEYS", "CLAIMS"),
        deletes=("ACCOUNTS", "KEYS", "SESSIONS"),
    ),
    "moderation": BrokerPermissions(
        publishes=("spending.>", "audit.checkpoint", "alarms.moderation"),
        follows=("EVENTS", "AUDIT"),
        gets=("EVENTS", "AUDIT", "ALARMS"),
        reads=("KEYS", "INFERENCE", "POLICIES"),
        writes=("INFERENCE",),
    ),
    "embeddings": BrokerPermissions(
        follows=("EVENTS", "SIGNALS"), gets=("EVENTS", "AUDIT", "ALARMS"), reads=("KEYS", "INFERENCE")
    ),
    "ranking": BrokerPermissions(requests=("embeddings",), follows=("EVENTS", "SIGNALS")),
}
SERVICES: tuple[str, ...] = tuple(BROKER_PERMISSIONS)


def _subject_of(kind: str) -> str:
    if kind not in Fact.KINDS:
        raise LookupError(f"unknown fact {kind}")
    return Fact.KINDS[kind].subject("*")


def may_publish(service: str) -> list[str]:
    """Return every subject that the service may publish to, including those of JetStream's API."""
    granted = BROKER_PERMISSIONS[service]
    subjects = {_subject_of(kind) for kind in APPENDS[service]} | set(granted.publishes)
    subjects |= {f"requests.{other}.>" for other in granted.requests}
    subjects |= {f"dead.{service}.>", "telemetry.spans.*", "$JS.API.INFO"}
    subjects |= {f"$JS.API.STREAM.INFO.{declared['name']}" for declared in (*STREAMS, *BUCKETS)}
    for name in granted.follows:
        subjects |= _follow(name)
    for name in granted.gets:
        subjects |= _get(name)
    for name in granted.reads:
        subjects |= _get(f"KV_{name}") | _follow(f"KV_{name}")
    subjects |= {f"$KV.{name}.>" for name in granted.writes}
    subjects |= {f"$JS.API.STREAM.MSG.DELETE.KV_{name}" for name in granted.deletes}
    for consumer in CONSUMERS:
        if consumer.service == service:
            subjects |= _consume("EVENTS", consumer.durable)
    return sorted(subjects)


def may_subscribe(service: str) -> list[str]:
    """Return the subjects that the service may subscribe to: its inboxes, the operator's requests, its own requests."""
    return sorted({f"_INBOX_{service}.>", f"operations.{service}.*", f"requests.{service}.*"})


def _follow(name: str) -> set[str]:
    return {
        f"$JS.API.CONSUMER.CREATE.{name}",
        f"$JS.API.CONSUMER.CREATE.{name}.>",
        f"$JS.API.CONSUMER.DELETE.{name}.*",
        f"$JS.API.CONSUMER.INFO.{name}.*",
        f"$JS.FC.{name}.>",
    }


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


def broker_config() -> str:
    """Return the broker's `authorization` block. Passwords come from the environment, permissions from these tables."""
    users = [_user("operator", '[">"]', '[">"]')]
    for service in SERVICES:
        users.append(_user(service, _listing(may_publish(service)), _listing(may_subscribe(service))))
    return (
        "# Generated by `python -m shared.security.permissions`: do not edit.\n"
        "authorization {\n  users = [\n" + "".join(users) + "  ]\n}\n"
    )


def _user(name: str, publish: str, subscribe: str) -> str:
    return (
        f"    {{ user: {name}, password: $OTTIT_BROKER_PASSWORD_{name.upper()}, permissions: {{\n"
        f"        publish: {publish}\n        subscribe: {subscribe}\n"
        '        allow_responses: { max: 1, expires: "30s" }\n    } }\n'
    )


def _listing(subjects: list[str]) -> str:
    return "[\n" + "".join(f'          "{subject}"\n' for subject in subjects) + "        ]"


if __name__ == "__main__":
    print(broker_config(), end="")
