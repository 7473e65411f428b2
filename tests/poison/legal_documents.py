"""A legal document of every kind that a stream, a bucket or a request can hold, with every optional field filled in."""

import json
from typing import Any

from shared.log.events import Event
from tests.contract.compatibility import SAMPLES

CREATED = "2026-01-02T03:04:05Z"
POST_ID = "0198c0de-7e57-7abc-8def-0123456789ab"


def facts() -> dict[str, dict[str, Any]]:
    """Return a stored fact of every kind, by the name of its sample."""
    names = sorted(path for path in SAMPLES.glob("*.json") if not path.name.startswith("signal."))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in names}


def signals() -> dict[str, dict[str, Any]]:
    """Return a stored signal of every kind."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(SAMPLES.glob("signal.*.json"))}


def preview_records() -> dict[str, dict[str, Any]]:
    """Return a record of every kind."""
    stamped = {"person_id": "author-1", "at": CREATED, "arm": "hybrid"}
    ids = {"preview_id": "p-1", "draft_id": "d-1"}
    preview = {
        "kind": "preview", **ids, "tier": 1, "policy_digest": "d", "model": "m", "verdict": "held",
        "bands": {"spam": 3}, "content_hash": "h", "took_ms": 1.5, "at": CREATED,
    }  # fmt: skip
    submission = {
        "kind": "submitted", "post_id": POST_ID, "revision": 1, "sequence": 7, "preview_id": "p-1", "content_hash": "h",
    }  # fmt: skip
    check = {
        "kind": "checked", "preview_id": "p-1", "outcome": "held", "policy_digest": "d", "model": "m", "took_ms": 2.0,
    }  # fmt: skip
    draft = {"kind": "draft", "draft_id": "d-1", "changes": 3, "writing_ms": 900.0}
    return {
        "preview": {"stamped": stamped, "claimed": preview},
        "draft": {"stamped": stamped, "claimed": draft},
        "submitted": {"stamped": stamped, "observed": submission},
        "checked": {"stamped": stamped, "observed": check},
    }


def document_of(event: Event) -> dict[str, Any]:
    """Return the stored document of a fact."""
    found: dict[str, Any] = json.loads(event.encode())
    return found
