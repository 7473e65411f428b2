"""Sessions and tokens as the bucket `SESSIONS` stores them."""

import hashlib
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

from pydantic import ValidationError

from services.gateway.http.caller import Grant
from shared.ids import new_id

logger = logging.getLogger(__name__)
G = TypeVar("G", bound=Grant)


class ListedGrant(Grant):
    """An entry of a user's list of grants. `place`: the key of the grant itself."""

    place: str


def new_grant(
    user_id: str,
    kind: Literal["session", "token"],
    days: int,
    csrf: str = "",
    scopes: tuple[str, ...] = (),
) -> Grant:
    """Return a grant that begins now."""
    now = datetime.now(UTC)
    return Grant(
        id=new_id(),
        user_id=user_id,
        kind=kind,
        csrf=csrf,
        scopes=scopes,
        begun_at=now,
        expires_at=now + timedelta(days=days),
    )


def decoded(kind: type[G], stored: bytes) -> G | None:
    """Return a stored grant; None if it is damaged: its secret opens nothing."""
    try:
        return kind.model_validate_json(stored)
    except ValidationError:
        logger.error("a stored grant is damaged and counts as revoked")
        return None


def unlisted(entries: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the entries that the lists of grants lack: key → value. `entries`: all of the bucket."""
    missing = {}
    for place, stored in entries.items():
        if "." in place or not stored:  # a list's entry, or the marker of a deleted key
            continue
        grant = decoded(Grant, stored)
        if grant and not entries.get(list_key(grant)):
            missing[list_key(grant)] = ListedGrant(**grant.model_dump(), place=place).model_dump_json().encode()
    return missing


def list_key(grant: Grant) -> str:
    """Return the key of a grant in its user's list."""
    return f"of.{grant.user_id}.{grant.id}"


def hashed(secret: str) -> str:
    """Return the key under which the grant of a secret is stored."""
    # The secret has 256 random bits, so a plain hash is enough.
    return hashlib.sha256(secret.encode()).hexdigest()
