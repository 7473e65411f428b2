"""Routes of policies as clients verify them: signed, with the notes that lead to the signing key."""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Header, Path, Response

from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.file_responses import has_present
from services.gateway.policy.schemas import Judge, NoteOut, SignedPolicy, judges_of
from services.gateway.policy.verified_policies import PublicPolicy, VerifiedPolicies

CURRENT = {"Cache-Control": "no-cache"}
# A digest names one content, which never changes.
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}
Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of the whole policy.")]
UNCHANGED = {304: {"description": "Your version is current."}}


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborator."""

    policies: VerifiedPolicies

    @guarded("GET", "/policy", "see_policy", response_model=SignedPolicy, responses=UNCHANGED)
    async def see_policy(self, if_none_match: Annotated[str | None, Header(max_length=200)] = None) -> Response:
        """Get the public part of the active policy: `view` is canonical JSON, signed with Ed25519 over its bytes."""
        policy = await self.policies.current()
        body = _body(policy, judges_of(policy.policy))
        headers = {**CURRENT, "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"'}
        if has_present(if_none_match, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    @guarded("GET", "/policy/{digest}", "see_policy", response_model=SignedPolicy)
    async def see_policy_by_digest(self, digest: Digest) -> Response:
        """Get any policy that was ever drafted here, by the digest that a decision names. It never changes."""
        return Response(
            _body(await self.policies.named(digest), None), media_type="application/json", headers=IMMUTABLE
        )


def router(*, policies: VerifiedPolicies) -> APIRouter:
    """Return the routes of policies."""
    return router_of(Routes(policies), prefix="/v1", tags=["moderation"])


def _body(policy: PublicPolicy, judges: list[Judge] | None) -> bytes:
    view = policy.view
    answer = SignedPolicy(
        digest=policy.policy.digest,
        version=policy.policy.version,
        judges=judges,
        key_id=view.key_id,
        signature=view.signature,
        view=view.text,
        notes=[NoteOut(**note.model_dump()) for note in policy.notes],
    )
    return answer.model_dump_json().encode()
