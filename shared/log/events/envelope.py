"""The envelope of every fact in the log, and its decoder."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

import orjson
from pydantic import BaseModel, ConfigDict, SerializeAsAny, ValidationError

from shared.ids import new_id
from shared.log.events.field_types import EntityId, Line, Moment


class DecodeError(Exception):
    """The bytes are not a known event: broken JSON, values beyond a limit, an unknown type or a later version.

    `sequence` is their position in the log; 0: unknown.
    """

    def __init__(self, reason: str, sequence: int = 0) -> None:
        super().__init__(reason)
        self.sequence = sequence


# What reading and upcasting broken data can raise; JSON errors are value errors.
_BROKEN = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


class UnknownFact(DecodeError):
    """The bytes are a fact that later code has written: its type is unknown, or its version is a later one."""


class Fact(BaseModel):
    """The data of one kind of event. The class name gives type and subject: `PostSubmitted` → `post.submitted`.

    A class named `<Entity>Fact` is the base class that all facts of this entity must inherit from.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    VERSION: ClassVar[int] = 1
    ENTITY: ClassVar[str]
    FACT: ClassVar[str]
    TYPE: ClassVar[str]
    KINDS: ClassVar[dict[str, type["Fact"]]] = {}
    # entity → the base class of all its facts, for entities that have one
    BASES: ClassVar[dict[str, type["Fact"]]] = {}
    # (type, old version) → a pure function from old data to the next version's data
    UPCASTS: ClassVar[dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        entity, *fact = re.findall(r"[A-Z][a-z]+", cls.__name__)
        cls.ENTITY, cls.FACT = entity.lower(), "_".join(fact).lower()
        if cls.FACT == "fact":  # `PostFact`: the base class of all facts about posts, itself no fact
            Fact.BASES[cls.ENTITY] = cls
            return
        base = Fact.BASES.get(cls.ENTITY, Fact)
        if not issubclass(cls, base):
            raise TypeError(f"{cls.__name__} must inherit from {base.__name__}")
        cls.TYPE = f"{cls.ENTITY}.{cls.FACT}"
        if cls.TYPE in Fact.KINDS:
            raise TypeError(f"{cls.TYPE} is declared in {Fact.KINDS[cls.TYPE].__module__} already")
        Fact.KINDS[cls.TYPE] = cls

    @classmethod
    def subject(cls, entity_id: str) -> str:
        """Return the subject of this kind of fact for an entity; `*` matches every entity."""
        return f"events.{cls.TYPE}.{entity_id}"


class Event(BaseModel):
    """One fact with its origin. The stream sequence gives the order; `occurred_at` is only for display."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_id: Line
    type: str
    version: int
    occurred_at: Moment
    entity_id: EntityId
    actor: Line  # user:<id> or service:<name>
    causation_id: Line | None = None
    correlation_id: Line | None = None
    traceparent: Line | None = None
    data: SerializeAsAny[Fact]
    sequence: int = 0  # set when it is read from the log, never stored

    @property
    def subject(self) -> str:
        """The subject of this event in the log."""
        return self.data.subject(self.entity_id)

    @property
    def history(self) -> str:
        """The pattern of all facts of this entity. All writers check concurrency on the same pattern string."""
        return history_of(self.data.ENTITY, self.entity_id)

    def encode(self) -> bytes:
        """Return the stored bytes: JSON without the sequence."""
        return self.model_dump_json(exclude={"sequence"}).encode()


def history_of(entity: str, entity_id: str) -> str:
    """Return the subject pattern of all facts of one entity."""
    return f"events.{entity}.*.{entity_id}"


def record(
    data: Fact,
    entity_id: str,
    *,
    actor: str,
    at: datetime,
    cause: Event | None = None,
    traceparent: str | None = None,
    event_id: str | None = None,
) -> Event:
    """Put a fact into its envelope, with the correlation id and the trace of its `cause`."""
    own_id = event_id or new_id()
    return Event(
        event_id=own_id,
        type=data.TYPE,
        version=data.VERSION,
        occurred_at=at,
        entity_id=entity_id,
        actor=actor,
        causation_id=cause.event_id if cause else None,
        correlation_id=(cause.correlation_id or cause.event_id) if cause else own_id,
        traceparent=traceparent or (cause.traceparent if cause else None),
        data=data,
    )


def decode(stored: bytes, sequence: int = 0, subject: str = "") -> Event:
    """Decode stored bytes, and upcast older versions to the current one.

    `subject`: where they are stored. Views and consumers select facts by subject, so it must be the fact's own.

    Raises:
        DecodeError: the bytes are not JSON, break the schema or are stored under the subject of another fact.
        UnknownFact: later code wrote them: their type is unknown, or their version is a later one.
    """
    try:
        event = _decode(orjson.loads(stored), sequence)
    except DecodeError:
        raise
    except (*_BROKEN, ValidationError) as error:
        raise DecodeError(f"{type(error).__name__} at sequence {sequence}", sequence) from error
    if subject and subject != event.subject:
        raise DecodeError(f"the subject of another fact at sequence {sequence}", sequence)
    return event


def _decode(raw: dict[str, Any], sequence: int) -> Event:
    kind = Fact.KINDS.get(raw["type"])
    version = int(raw["version"])
    if kind is None or version > kind.VERSION:
        known = f"and this code knows {kind.VERSION}" if kind else "which this code does not know"
        raise UnknownFact(f"{str(raw['type'])[:100]} has version {str(version)[:20]}, {known}", sequence)
    data = raw["data"]
    for step in range(version, kind.VERSION):
        data = Fact.UPCASTS[raw["type"], step](data)
    return Event.model_validate({**raw, "data": kind.model_validate(data), "sequence": sequence})
