"""The meaning of a lost message, by stream and bucket, and the parts that notice it: the table of the documentation.

A message is lost when its bytes are damaged or its file is cut off. A stream that is declared without an entry here
fails a test, and so does an entry whose loss nobody notices in a test that damages the stream's files.
"""

from dataclasses import dataclass
from typing import Literal

from shared.log.streams import BUCKETS, STREAMS

Noticed = Literal["log", "checkpoints", "marks", "entries"]
SAYS: dict[Noticed, str] = {
    "log": "every service and moderation's comparison with the checkpoints; all writes stop",
    "checkpoints": "moderation's note, `ottit audit verify`",
    "marks": "the gateway's note",
    "entries": "the gateway's note, which counts the users; `ottit backup`",
}
IN_MEMORY = "it is in memory, and every start of the broker begins it again"


@dataclass(frozen=True)
class Loss:
    """The loss of a message. `noticed`: by which parts; without any, `harmless` says why that is enough."""

    means: str
    noticed: tuple[Noticed, ...] = ()
    harmless: str = ""


LOSSES: dict[str, Loss] = {
    "EVENTS": Loss("a lost fact", ("log",)),
    "AUDIT": Loss("a checkpoint that proves nothing", ("checkpoints", "marks")),
    "KEYS": Loss("texts that cannot be read", ("entries", "marks")),
    "ACCOUNTS": Loss(
        "users who cannot sign in; credentials older than the last change are refused (`credentials_lost`)",
        ("entries", "marks"),
    ),
    "SIGNALS": Loss('votes, reads or "show less" that are gone or older than the last ones', ("marks",)),
    "POLICIES": Loss("a policy that cannot be read; without the active one moderation is red", ("marks",)),
    "DEAD_LETTERS": Loss("a text that waits for nobody", ("marks",)),
    "SESSIONS": Loss("people sign in again; a session that was signed out stays so (`REVOKED`)", ("marks",)),
    "REVOKED": Loss("nothing, while `SESSIONS` is whole: a signed-out session is deleted there, too", ("marks",)),
    "PREVIEWS": Loss("statistics: no decision depends on them", ("marks",)),
    "SPENDING": Loss("the sum of a day's costs: the daily budget may be used twice", ("marks",)),
    "KEPT_SPANS": Loss("an old trace", ("marks",)),
    "MARKS": Loss(
        "nothing, while the other streams are whole",
        harmless="it says a second time what the others hold, and is written again within seconds",
    ),
    "CHALLENGES": Loss(
        "a used challenge of a passkey or way back from the identity provider: it works once more in its 15 minutes",
        ("marks",),
    ),
    "GUESSES": Loss("nothing", harmless=IN_MEMORY),
    "ALARMS": Loss("nothing", harmless=IN_MEMORY),
    "SPANS": Loss("nothing", harmless=IN_MEMORY),
    "CLAIMS": Loss("nothing", harmless=IN_MEMORY),
    "INFERENCE": Loss("nothing", harmless=IN_MEMORY),
}


def plain_name(name: str) -> str:
    """Return the name of a stream, or of the bucket that it stores."""
    return name.removeprefix("KV_")


def marked_streams() -> list[str]:
    """Return the streams of which the gateway keeps marks, by the names that the broker uses."""
    names = [str(declared["name"]) for declared in (*STREAMS, *BUCKETS)]
    return [name for name in names if "marks" in loss_of(name).noticed]


def loss_of(name: str) -> Loss:
    """Return the entry of a stream; one without an entry, which a test refuses, is compared with marks."""
    return LOSSES.get(plain_name(name), Loss("its purpose is not stated", ("marks",)))


def as_markdown() -> str:
    """Return the table for the documentation."""
    rows = [f"| `{name}` | {loss.means} | {_noticed(loss)} |" for name, loss in LOSSES.items()]
    return "\n".join(["| stream or bucket | a lost message means | noticed by |", "|---|---|---|", *rows])


def _noticed(loss: Loss) -> str:
    return "; ".join(SAYS[one] for one in loss.noticed) or f"not needed: {loss.harmless}"
