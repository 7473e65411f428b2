"""What each service may do at the broker, derived from what it appends, reads, asks and answers."""

from dataclasses import dataclass

from shared.log.events.envelope import Fact
from shared.log.streams import BUCKETS, CONSUMERS, STREAMS

APPENDS: dict[str, tuple[str, ...]] = {
    "gateway": (
        "user.registered",
        "user.role_granted",
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
    # Not a service: the launcher and the command line, who sign policies and look after dead letters.
    "operator": ("policy.drafted", "policy.activated", "policy.retired", "letter.redriven", "letter.dropped"),
}


@dataclass(frozen=True)
class BrokerPermissions:
    """One service's reach beyond the facts it appends and the durables it owns."""

    publishes: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()  # services whose requests it may send
    follows: tuple[str, ...] = ()  # streams that it reads from the start, in order
    looks_up: tuple[str, ...] = ()  # streams in which it reads single messages
    reads: tuple[str, ...] = ()  # buckets
    writes: tuple[str, ...] = ()  # buckets
    answers: bool = True
    erases: tuple[str, ...] = ()  # buckets whose messages it may overwrite
    forgets: tuple[str, ...] = ()  # buckets from which it may take keys away with their names


BROKER_PERMISSIONS: dict[str, BrokerPermissions] = {
    "gateway": BrokerPermissions(
        publishes=("signals.>", "previews.>", "telemetry.kept.*"),
        asks=("moderation", "embeddings", "ranking"),
        follows=("EVENTS", "SIGNALS", "PREVIEWS"),
        looks_up=("EVENTS", "SPANS", "KEPT_SPANS"),
        reads=("ACCOUNTS", "SESSIONS", "KEYS", "POLICIES", "CLAIMS"),
        writes=("ACCOUNTS", "SESSIONS", "KEYS", "CLAIMS"),
        erases=("KEYS",),
        forgets=("ACCOUNTS",),
    ),
    "moderation": BrokerPermissions(
        publishes=("spending.>", "audit.checkpoint"),
        follows=("EVENTS",),
        looks_up=("EVENTS", "AUDIT"),
        reads=("KEYS", "INFERENCE", "POLICIES"),
        writes=("INFERENCE",),
    ),
    "embeddings": BrokerPermissions(follows=("EVENTS", "SIGNALS"), looks_up=("EVENTS",), reads=("KEYS", "INFERENCE")),
    "ranking": BrokerPermissions(asks=("embeddings",), follows=("EVENTS", "SIGNALS")),
}
SERVICES: tuple[str, ...] = tuple(BROKER_PERMISSIONS)


def _known(kind: str) -> str:
    if kind not in Fact.KINDS:
        raise LookupError(f"no fact is called {kind}")
    return Fact.KINDS[kind].subject("*")


def may_publish(service: str) -> list[str]:
    """Every subject that the service may publish to, JetStream's own request subjects included."""
    rights = BROKER_PERMISSIONS[service]
    subjects = {_known(kind) for kind in APPENDS[service]} | set(rights.publishes)
    subjects |= {f"requests.{asked}.>" for asked in rights.asks}
    subjects |= {f"dead.{service}.>", "telemetry.spans.*", "$JS.API.INFO"}
    subjects |= {f"$JS.API.STREAM.INFO.{declared['name']}" for declared in (*STREAMS, *BUCKETS)}
    for name in rights.follows:
        subjects |= _follow(name)
    for name in rights.looks_up:
        subjects |= _look_up(name)
    for name in rights.reads:
        subjects |= _look_up(f"KV_{name}") | _follow(f"KV_{name}")
    subjects |= {f"$KV.{name}.>" for name in rights.writes}
    subjects |= {f"$JS.API.STREAM.MSG.DELETE.KV_{name}" for name in rights.erases}
    subjects |= {f"$JS.API.STREAM.PURGE.KV_{name}" for name in rights.forgets}
    for consumer in CONSUMERS:
        if consumer.service == service:
            subjects |= _consume("EVENTS", consumer.durable)
    return sorted(subjects)


def may_subscribe(service: str) -> list[str]:
    """Its own reply inboxes, what the operator asks of it and, where it answers, its own requests; nobody else's."""
    heard = {f"_INBOX_{service}.>", f"operations.{service}.*"}
    return sorted(heard | ({f"requests.{service}.*"} if BROKER_PERMISSIONS[service].answers else set()))


def _follow(name: str) -> set[str]:
    return {
        f"$JS.API.CONSUMER.CREATE.{name}",
        f"$JS.API.CONSUMER.CREATE.{name}.>",
        f"$JS.API.CONSUMER.DELETE.{name}.*",
        f"$JS.API.CONSUMER.INFO.{name}.*",
        f"$JS.FC.{name}.>",
    }


def _look_up(name: str) -> set[str]:
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
    """The broker's `authorization` block: passwords come from the environment, permissions from the tables above."""
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
