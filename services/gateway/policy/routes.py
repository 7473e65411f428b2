"""The policy as clients check it: signed, with what leads from the page's keys to the one that signed."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header, Path, Response

from services.gateway.dependencies import InHouse
from services.gateway.http.etags import has_present
from services.gateway.http.guard import guarded
from services.gateway.policy.public_view import Shown
from services.gateway.policy.schemas import NoteOut, SignedPolicy

router = APIRouter(prefix="/v1", tags=["moderation"])

CURRENT = {"Cache-Control": "no-cache"}
# What a digest names never changes.
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="sha256 of the whole policy")]
UNCHANGED = {304: {"description": "what you have is current"}}


@guarded(router, "GET", "/policy", "see_policy", response_model=SignedPolicy, responses=UNCHANGED)
async def see_policy(house: InHouse, if_none_match: Annotated[str | None, Header(max_length=200)] = None) -> Response:
    """The policy in force, as far as it is public: `view` is canonical JSON, `signature` is Ed25519 over its bytes."""
    body = _written(await house.policies.current())
    headers = {**CURRENT, "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"'}
    if has_present(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


@guarded(router, "GET", "/policy/{digest}", "see_policy", response_model=SignedPolicy)
async def see_policy_by_digest(digest: Digest, house: InHouse) -> Response:
    """Any policy that was ever drafted here, by the digest that a decision names. It never changes."""
    return Response(_written(await house.policies.named(digest)), media_type="application/json", headers=FOR_EVER)


def _written(shown: Shown) -> bytes:
    view = shown.view
    answer = SignedPolicy(
        digest=shown.digest,
        version=shown.version,
        key_id=view.key_id,
        signature=view.signature,
        view=view.text,
        notes=[NoteOut(**note.model_dump()) for note in shown.notes],
    )
    return answer.model_dump_json().encode()
