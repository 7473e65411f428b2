"""Everything a service could send to the broker in order to write what is not its own, generated from the tables."""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from shared.log.streams import BUCKETS, CONSUMERS, STREAMS
from shared.messaging.requests import health_subject, subjects_of
from shared.security.broker_accounts import operator_requests
from shared.security.permissions import APPENDS, SERVICES, may_publish

NAMES = tuple(declared["name"] for declared in (*STREAMS, *BUCKETS))
WORD = "attack"
# The verbs of the broker's API that name a stream, and those that name a consumer as well.
STREAM_VERBS: tuple[str, ...] = (
    *("CREATE", "UPDATE", "DELETE", "PURGE", "INFO", "MSG.GET", "MSG.DELETE", "SNAPSHOT", "RESTORE"),
    *("LEADER.STEPDOWN", "PEER.REMOVE", "PEER.EVACUATE", "CANCEL_MOVE"),
)
CONSUMER_VERBS: tuple[str, ...] = (
    *("CREATE", "DURABLE.CREATE", "DELETE", "INFO", "MSG.NEXT", "PAUSE", "RESET", "UNPIN", "LEADER.STEPDOWN"),
    *("PEER.REMOVE", "PEER.EVACUATE"),
)
# Requests about the whole broker, its accounts and its connections. `PING` reaches every server.
BROKER_REQUESTS: tuple[str, ...] = (
    *(f"$JS.API.{verb}" for verb in ("META.LEADER.STEPDOWN", "META.RESCUE", "SERVER.REMOVE", "SERVER.EVACUATE")),
    *("$JS.API.ACCOUNT.PURGE.OTTIT", "$JS.API.ACCOUNT.STREAM.MOVE.OTTIT.EVENTS"),
    *(
        f"$SYS.REQ.SERVER.PING.{verb}"
        for verb in ("KICK", "LDM", "RELOAD", "CONNZ", "SUBSZ", "JSZ", "VARZ", "ACCOUNTZ")
    ),
    *("$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.CLAIMS.LIST", "$SYS.REQ.ACCOUNT.OTTIT.CONNZ", "$SYS.ACCOUNT.OTTIT.CONNECT"),
    *("$SYS.REQ.ACCOUNT.PING.STATZ", "$SYS.DEBUG.SUBSCRIBERS", "$SYS.REQ.USER.AUTH"),
)
# Headers of an own message that remove, expire, count or hold back messages of a stream (NATS 2.15).
HARMFUL_HEADERS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("Nats-Rollup", "all"),),
    (("Nats-Rollup", "sub"),),
    (("KV-Operation", "PURGE"), ("Nats-Rollup", "all"), ("Nats-TTL", "1s")),
    (("Nats-TTL", "1s"),),
    (("Nats-Marker-Reason", "MaxAge"),),
    (("Nats-Incr", "-5"),),
    (("Nats-Counter-Sources", '{"EVENTS":{"x":"1"}}'),),
    (("Nats-Batch-Id", "attack"), ("Nats-Batch-Sequence", "1")),
    (("Nats-Batch-Id", "attack"), ("Nats-Batch-Sequence", "2"), ("Nats-Batch-Commit", "1")),
    (("Nats-Expected-Last-Sequence", "0"),),
    (("Nats-Expected-Last-Subject-Sequence", "0"), ("Nats-Expected-Last-Subject-Sequence-Subject", ">")),
    (("Nats-Sequence", "1"), ("Nats-Stream", "EVENTS"), ("Nats-Num-Pending", "0"), ("Status", "204")),
)
DELIVERED = "deliver_subject"


@dataclass(frozen=True)
class Attack:
    """One message to the broker. `reply`: where its answer would be written."""

    subject: str
    body: bytes = b""
    reply: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.subject} {self.reply} {self.headers} {self.body[:120]!r}"


def foreign_subjects(service: str) -> list[str]:
    """Return one subject of every stored value that the service may not write, and of others' consumers."""
    every = {f"events.{kind}.{WORD}" for kinds in APPENDS.values() for kind in kinds}
    every |= {f"$KV.{declared['name'].removeprefix('KV_')}.{WORD}" for declared in BUCKETS}
    every |= {subject.replace(">", WORD).replace("*", WORD) for one in SERVICES for subject in _published_by(one)}
    every |= {f"_INBOX_{one}.{WORD}" for one in SERVICES if one != service}
    # Also those on which nobody may write.
    every |= {f"dead.{one}.{consumer.durable}.{WORD}" for one in SERVICES for consumer in CONSUMERS}
    every |= {f"alarms.{one}" for one in SERVICES}
    own = {subject for subject in every if any(matches(subject, pattern) for pattern in may_publish(service))}
    return sorted(every - own)


def _published_by(service: str) -> tuple[str, ...]:
    asked = ("requests.", "operations.")
    return tuple(subject for subject in may_publish(service) if not subject.startswith(("$", *asked)))


def matches(subject: str, pattern: str) -> bool:
    """Return whether a subject matches a pattern of the broker."""
    words, wanted = subject.split("."), pattern.split(".")
    for place, word in enumerate(wanted):
        if word == ">":
            return len(words) > place
        if place >= len(words) or word not in {"*", words[place]}:
            return False
    return len(words) == len(wanted)


def direct(service: str) -> Iterator[Attack]:
    """Yield a message to every foreign subject, and every verb of the API for every stream and consumer."""
    for subject in foreign_subjects(service):
        yield Attack(subject, b"forged")
        for consumer in CONSUMERS:
            yield Attack(f"$JS.ACK.EVENTS.{consumer.durable}.1.1.1.1.0")
    yield from _with_headers(service, foreign_subjects(service))
    for name in NAMES:
        yield from _on_stream(name, foreign_subjects(service))
    yield from (Attack(subject, body) for subject in BROKER_REQUESTS for body in (b"", b'{"cid":1}'))
    for consumer in CONSUMERS:
        yield from _on_consumer(service, consumer.service, consumer.durable)


def _with_headers(service: str, foreign: list[str]) -> Iterator[Attack]:
    """Yield own messages whose headers would remove or write others."""
    for pattern in may_publish(service):
        if pattern.startswith("$JS"):
            continue
        own = pattern.replace(">", WORD).replace("*", WORD)
        yield from (Attack(own, b"forged", headers=headers) for headers in HARMFUL_HEADERS)
        for subject in foreign:
            schedule = (("Nats-Schedule", "@every 1s"), ("Nats-Schedule-Rollup", "sub"), ("Nats-Schedule-TTL", "1s"))
            yield Attack(own, b"forged", headers=(*schedule, ("Nats-Schedule-Target", subject)))
            yield Attack(own, b"forged", headers=(*schedule[:1], ("Nats-Schedule-Source", subject)))
            yield Attack(own, b"forged", headers=(("Nats-Trace-Dest", subject),))


def _on_stream(name: str, foreign: list[str]) -> Iterator[Attack]:
    source = {"name": "SPY", "subjects": [], "sources": [{"name": name}]}
    yield Attack("$JS.API.STREAM.CREATE.SPY", orjson.dumps(source))
    yield Attack("$JS.API.STREAM.CREATE.SPY", orjson.dumps({"name": "SPY", "mirror": {"name": name}}))
    for subject in foreign:
        copied = {"src": ">", "dest": subject}
        yield Attack("$JS.API.STREAM.CREATE.SPY", orjson.dumps({"name": "SPY", "subjects": ["x"], "republish": copied}))
        yield from (_consumer(name, place, subject) for place in (f"{name}", f"{name}.spy", f"{name}.spy.>"))
        yield _consumer(name, f"{name}.spy", subject, verb="DURABLE.CREATE")
    yield from (
        Attack(f"$JS.API.STREAM.{verb}.{name}", b"{}") for verb in STREAM_VERBS if verb not in {"INFO", "MSG.GET"}
    )
    yield Attack(f"$JS.API.STREAM.PURGE.{name}")
    yield Attack(f"$JS.API.STREAM.DELETE.{name}")


def _consumer(name: str, place: str, deliver: str, verb: str = "CREATE") -> Attack:
    config = {DELIVERED: deliver, "ack_policy": "none", "deliver_policy": "all"}
    config |= {"durable_name": "spy", "name": "spy"} if "spy" in place else {}
    return Attack(f"$JS.API.CONSUMER.{verb}.{place}", orjson.dumps({"stream_name": name, "config": config}))


def _on_consumer(service: str, owner: str, durable: str) -> Iterator[Attack]:
    for verb in CONSUMER_VERBS:
        if service != owner or verb not in {"INFO", "MSG.NEXT"}:
            yield Attack(f"$JS.API.CONSUMER.{verb}.EVENTS.{durable}")
            yield Attack(f"$JS.API.CONSUMER.{verb}.EVENTS.{durable}", b"{}")


def as_reply(service: str) -> Iterator[Attack]:
    """Yield every request that the service may send, with every foreign subject as the place of the answer.

    Also those that it may not send: the broker must not answer them either.
    """
    foreign = foreign_subjects(service)
    foreign += [f"$JS.ACK.EVENTS.{one.durable}.1.1.1.1.0" for one in CONSUMERS]
    for request in sorted({*_requests(service), *_every_request()}):
        for subject in foreign:
            for body in _bodies(request):
                yield Attack(request, body, reply=subject)
            yield Attack(request, b"{}", reply=subject, headers=(("Nats-Trace-Dest", subject),))


def _requests(service: str) -> Iterator[str]:
    for pattern in may_publish(service):
        yield pattern.replace(">", WORD).replace("*", WORD)


def _every_request() -> Iterator[str]:
    yield from ("$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$SYS.REQ.USER.INFO")
    yield from BROKER_REQUESTS
    for name in NAMES:
        yield from (f"$JS.API.STREAM.INFO.{name}", f"$JS.API.STREAM.MSG.GET.{name}", f"$JS.API.DIRECT.GET.{name}")
        yield from (f"$JS.API.CONSUMER.NAMES.{name}", f"$JS.API.CONSUMER.LIST.{name}")
    for consumer in CONSUMERS:
        yield f"$JS.API.CONSUMER.INFO.EVENTS.{consumer.durable}"
        yield f"$JS.API.CONSUMER.MSG.NEXT.EVENTS.{consumer.durable}"
    for service in SERVICES:
        yield from (*subjects_of(service), health_subject(service))
        yield from (subject.replace("*", WORD) for subject in operator_requests(service))


def _bodies(request: str) -> list[bytes]:
    if ".GET." in request:
        return [b'{"seq":1}', b'{"seq":1,"batch":3,"next_by_subj":">"}', b'{"seq":1000000}']
    if ".MSG.NEXT." in request:
        return [b'{"batch":1,"no_wait":true}', b'{"batch":1,"expires":100000000}']
    if ".MSG.DELETE." in request:
        return [b'{"seq":1000000}']
    return [b""]
