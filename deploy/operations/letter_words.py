"""A dead letter in words: ids, sizes and reasons. What is sealed stays sealed."""

import hashlib
from typing import Any

from shared.log.dead_letters import DeadLetter
from shared.log.events import DecodeError, decode
from shared.security.sealing import VERSION


def as_row(letter: DeadLetter) -> dict[str, Any]:
    """For programs: everything but the fact itself."""
    return {
        "id": letter.number,
        "durable": letter.durable,
        "sequence": letter.sequence,
        "subject": letter.subject,
        "reason": letter.reason,
        "deliveries": letter.deliveries,
        "buried_at": letter.buried_at.isoformat(),
        "bytes": len(letter.stored),
    }


def as_whole(letter: DeadLetter) -> dict[str, Any]:
    """The row with the fact; only a digest where the bytes are none, since they may be anybody's text."""
    row = as_row(letter) | {"sha256": hashlib.sha256(letter.stored).hexdigest()}
    try:
        event = decode(letter.stored, letter.sequence)
    except DecodeError as error:
        return row | {"fact": None, "unreadable": str(error)}
    return row | {"fact": covered(event.model_dump(mode="json"))}


def covered(value: Any) -> Any:
    """The value with every sealed text replaced by its size."""
    match value:
        case dict():
            return {key: covered(inner) for key, inner in value.items()}
        case list():
            return [covered(inner) for inner in value]
        case str() if value.startswith(VERSION):
            return f"(sealed, {len(value)} characters)"
    return value


def as_line(letter: DeadLetter) -> str:
    """A letter at a glance."""
    when = f"{letter.buried_at:%Y-%m-%d %H:%M}"
    return f"{letter.number:>5}  {when}  {letter.durable:<24} {letter.sequence:>8}  {letter.reason}"


def as_lines(whole: dict[str, Any]) -> list[str]:
    """A whole letter, a value a line."""
    lines = [f"{key:<12} {value}" for key, value in whole.items() if key != "fact" and value is not None]
    return lines + [f"  {key:<14} {value}" for key, value in _flat(whole.get("fact") or {})]


def _flat(fact: dict[str, Any]) -> list[tuple[str, Any]]:
    outer = [(key, value) for key, value in fact.items() if key != "data" and value is not None]
    return outer + [(f"data.{key}", value) for key, value in fact.get("data", {}).items()]
