"""The record of an installation's keys: their fingerprints, kept beside the data, not beside the keys.

It contains no secret. Keys that were exchanged or lost are noticed by it before the broker starts.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.installation.atomic_file import write_atomically
from deploy.installation.secret_forms import UnusableSecret

RECORD = "key-fingerprints.json"
# Streams whose first message is written after the secrets are complete.
PROOF_STREAMS = ("EVENTS", "KV_KEYS")
MASTER_REMEDY = (
    "Nothing was changed. Put back the key that belongs to this folder, with `ottit restore-secrets FILE` or in "
    "OTTIT_MASTER_KEY, or use another OTTIT_DATA_DIR."
)


@dataclass(frozen=True)
class KeyRecord:
    """Fingerprints of the master keys (two during a rotation), ids of the policy keys and of the auditor's keys."""

    master: Sequence[str]
    policy: Sequence[str]
    audit: Sequence[str]


def record_file(data: Path) -> Path:
    """Return the path of the record in a data folder."""
    return data / RECORD


def read_record(data: Path) -> KeyRecord | None:
    """Return the record; None if there is none. A damaged one counts as none: it is only a second check."""
    try:
        return KeyRecord(**json.loads(record_file(data).read_text(encoding="ascii")))
    except (OSError, ValueError, TypeError):
        return None


def write_record(data: Path, record: KeyRecord) -> None:
    """Replace the record, unless it already says this."""
    if read_record(data) != record:
        write_atomically(record_file(data), json.dumps(asdict(record), indent=1))


def has_facts(broker_store: Path) -> bool:
    """Return whether a broker's folder has stored a fact or a data key: its secrets must then exist."""
    blocks = (broker_store.glob(f"jetstream/*/streams/{name}/msgs/*.blk") for name in PROOF_STREAMS)
    return any(block.stat().st_size for found in blocks for block in found)


def check_record(data: Path, recorded: KeyRecord, found: KeyRecord) -> None:
    """Compare the keys that were found with those that were recorded.

    Raises:
        UnusableSecret: a key is not one of this installation.
    """
    _check_master(data, recorded.master, found.master)
    for kind, before, now in (("policy", recorded.policy, found.policy), ("audit", recorded.audit, found.audit)):
        if lost := [key for key in before if key not in now]:
            raise UnusableSecret(
                f"The file {data / 'secrets' / f'{kind}-keys'} lacks the key {lost[0]} of this installation: it was "
                "exchanged or is older. Nothing was changed. Put it back from a newer backup of the secrets: "
                "`ottit restore-secrets FILE`."
            )


def _check_master(data: Path, recorded: Sequence[str], found: Sequence[str]) -> None:
    if not recorded or recorded[-1] in found:
        return
    expected, names = " and ".join(recorded), " and ".join(found)
    if recorded[0] in found:
        raise UnusableSecret(
            f"A rotation of the master key of the data folder {data} was interrupted, and the next key, with the "
            f"fingerprint {recorded[-1]}, is missing. Nothing was changed. Put back `secrets/master-key.next` with "
            "`ottit restore-secrets FILE`."
        )
    raise UnusableSecret(
        f"The master key is not the one that sealed the texts of the data folder {data}: expected the fingerprint "
        f"{expected}, found {names}. {MASTER_REMEDY}"
    )
