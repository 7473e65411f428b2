"""What runs on a data folder, as the launcher last wrote it: for `ottit status` and everything that needs the URLs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Condition = Literal["starting", "running", "waiting", "stopped"]  # waiting: for its next start after a crash


@dataclass(frozen=True)
class PartState:
    """One part. `pid` is 0 when there is no process; `since` is seconds since 1970."""

    name: str
    condition: Condition
    pid: int = 0
    restarts: int = 0
    since: float = 0.0


@dataclass(frozen=True)
class HouseState:
    """The whole installation. `ready` says that it has been ready once; the gateway knows about now."""

    pid: int
    url: str
    broker_url: str
    ready: bool
    parts: Sequence[PartState]


def write_state(data: Path, state: HouseState) -> None:
    """Replace what was there, in one move: a reader never sees half of it."""
    fresh = _file(data).with_suffix(".new")
    fresh.write_text(json.dumps(asdict(state), indent=2))
    fresh.replace(_file(data))


def read_state(data: Path) -> HouseState | None:
    """What the launcher wrote last; None where none ever ran. Ask `lock.holder` whether it still runs."""
    try:
        fields = json.loads(_file(data).read_text())
    except FileNotFoundError:
        return None
    return HouseState(**{**fields, "parts": [PartState(**part) for part in fields["parts"]]})


def _file(data: Path) -> Path:
    return data / "state.json"
