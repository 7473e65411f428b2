"""The dry run, the public log of decisions, and the review by people."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from nats.errors import Error as BrokerError

from services.gateway.dependencies import House, InHouse
from services.gateway.http.fields import PostId
from services.gateway.http.guard import Caller, CallerIn, guarded
from services.gateway.posts.schemas import Accepted, PolicyOut, ReasonOut
from services.gateway.previews.receipts import VALID_FOR, Statement
from services.gateway.previews.schemas import ReceiptOut
from services.gateway.review.claims import Claim
from services.gateway.review.schemas import ClaimOut, DecisionPreview, DraftIn, Modlog, Queue, ReviewIn
from shared.content import Content
from shared.ids import new_id
from shared.log.preview_records import DryRun, salted_hash
from shared.messaging.broker import send_request
from shared.messaging.requests import CheckDraft, DraftDecision, ResolveCase
from shared.problems import Conflict, Forbidden, NotFound

router = APIRouter(prefix="/v1", tags=["moderation"])
# A dry run may wait behind a batch of the encoder.
CHECK_S = 10.0


@guarded(router, "POST", "/previews/check", "check_draft")
async def check_draft(draft: DraftIn, house: InHouse, caller: CallerIn) -> DecisionPreview:
    """The decision that it would be, by the official pipeline, without effect.

    `receipt` is signed: it is for exactly this text and policy, and speeds up nothing.
    """
    if not house.view.has_community(draft.community):
        raise NotFound(f"There is no community called {draft.community}.", "community_unknown")
    content = Content(title=draft.title, body=draft.body)
    key = await house.keys.key_of(caller.person.id)
    found = await send_request(
        house.broker,
        CheckDraft(
            community=draft.community,
            title=draft.title,
            body=draft.body,
            content_hash=key.content_hash(content.canonical()),
            person_id=caller.person.id,
        ),
        CHECK_S,
    )
    return DecisionPreview(
        outcome=found.outcome,
        reasons=[ReasonOut.model_validate(reason.model_dump()) for reason in found.reasons],
        policy=PolicyOut(digest=found.policy_digest, version=found.policy_version),
        engine=found.engine,
        model=found.model,
        took_ms=found.took_ms,
        failure_mode=found.failure_mode,
        receipt=_receipt(house, caller.person.id, draft, found),
    )


def _receipt(house: House, person_id: str, draft: DraftIn, found: DraftDecision) -> ReceiptOut:
    preview_id = draft.preview_id or new_id()
    statement = Statement(
        preview_id=preview_id,
        content_hash=salted_hash(preview_id, Content(title=draft.title, body=draft.body)),
        community=draft.community,
        outcome=found.outcome,
        policy_digest=found.policy_digest,
        policy_version=found.policy_version,
        engine=found.engine,
        model=found.model,
        checked_at=(now := datetime.now(UTC)),
        expires_at=now + VALID_FOR,
    )
    check = DryRun(
        preview_id=preview_id,
        outcome=found.outcome,
        policy_digest=found.policy_digest,
        model=found.model,
        took_ms=found.took_ms,
    )
    house.previews.note_check(person_id, check)
    return ReceiptOut.model_validate(house.receipts.sign(statement).model_dump())


@guarded(router, "GET", "/modlog", "see_modlog")
async def see_modlog(
    house: InHouse,
    community: Annotated[str | None, Query(max_length=40)] = None,
    cursor: Annotated[int | None, Query(ge=0, le=2**53)] = None,
) -> Modlog:
    """Decisions other than plain publication, newest first, without text and without names."""
    items = house.view.modlog(community, cursor, 50)
    return Modlog(items=items, next=str(items[-1].sequence) if len(items) == 50 else None)


@guarded(router, "GET", "/review/queue", "review_posts", summary="See what waits for a person")
async def review_queue(house: InHouse, caller: CallerIn, cursor: Annotated[int, Query(ge=0, le=2**53)] = 0) -> Queue:
    """Held, appealed and reported posts of the communities that one moderates, the oldest first."""
    roles = [(role, where) for role, where in caller.person.roles if role in ("moderator", "admin")]
    everywhere = any(where is None for _, where in roles)
    communities = None if everywhere else [where for _, where in roles if where]
    items = house.view.held(communities, 50, cursor)
    claims = await house.claims.of([item.post.id for item in items])
    for item in items:
        if claim := claims.get(item.post.id):
            item.claim = _shown(house, claim, caller)
    return Queue(items=items)


@guarded(router, "POST", "/review/{post_id}/claim", "review_posts", summary="Tell colleagues what one looks at")
async def claim_post(post_id: Annotated[PostId, Path()], house: InHouse, caller: CallerIn) -> ClaimOut:
    """Colleagues see it for five minutes, or until the decision; claiming again begins anew.

    While a colleague looks it is 409 `claimed`. It binds nobody.
    """
    _moderated(house, post_id, caller)
    return _shown(house, await house.claims.take(post_id, caller.person.id), caller)


@guarded(
    router, "DELETE", "/review/{post_id}/claim", "review_posts", status_code=204, summary="Leave a post to colleagues"
)
async def release_post(post_id: Annotated[PostId, Path()], house: InHouse, caller: CallerIn) -> None:
    """Give up one's own claim. Somebody else's stays."""
    await house.claims.release(post_id, caller.person.id)


def _shown(house: House, claim: Claim, caller: Caller) -> ClaimOut:
    colleague = house.view.user_by_id(claim.moderator_id)
    return ClaimOut(
        post_id=claim.post_id,
        handle=colleague.handle if colleague else "",
        mine=claim.moderator_id == caller.id,
        expires_at=claim.expires_at,
    )


def _moderated(house: House, post_id: str, caller: Caller) -> None:
    head = house.view.post_head(post_id)
    if head is None:
        raise NotFound("There is no such post.")
    if not caller.moderates(head.community):
        raise Forbidden("You do not moderate this community.", "not_moderator_here")


@guarded(router, "POST", "/review/{post_id}/decision", "review_posts", status_code=202)
async def review_post(
    post_id: Annotated[PostId, Path()], review: ReviewIn, house: InHouse, caller: CallerIn
) -> Accepted:
    """Decide on a post that waits. A person's decision replaces the machine's."""
    _moderated(house, post_id, caller)
    resolved = await send_request(
        house.broker,
        ResolveCase(
            post_id=post_id,
            revision=review.revision,
            outcome=review.outcome,
            reason=review.reason,
            moderator_id=caller.person.id,
            seen=review.sequence,
        ),
        CHECK_S,
    )
    if resolved.conflict:
        raise Conflict("The post has changed meanwhile: look again.", resolved.conflict)
    with suppress(BrokerError, TimeoutError):  # what is decided is decided: a claim ends by itself, too
        await house.claims.settle(post_id)
    return Accepted(id=post_id, revision=review.revision, sequence=resolved.sequence, state=review.outcome)
