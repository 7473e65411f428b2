"""The dry run, the public log of decisions, and the review by people."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from services.gateway.guard import CallerIn, guarded
from services.gateway.house import House, InHouse
from services.gateway.previews.receipts import VALID_FOR, Statement
from services.gateway.schemas import (
    Accepted,
    DecisionPreview,
    DraftIn,
    Modlog,
    PolicyOut,
    PostId,
    Queue,
    ReasonOut,
    ReviewIn,
)
from services.gateway.schemas.previews import ReceiptOut
from shared.broker import ask
from shared.content import Content
from shared.ids import new_id
from shared.previews import Check, salted_hash
from shared.problems import Conflict, Forbidden, NotFound
from shared.requests import CheckDraft, DraftDecision, ResolveCase

router = APIRouter(prefix="/v1", tags=["moderation"])
# A dry run may wait behind a batch of the encoder.
CHECK_S = 10.0


@guarded(router, "POST", "/previews/check", "check_draft")
async def check_draft(draft: DraftIn, house: InHouse, caller: CallerIn) -> DecisionPreview:
    """The decision that it would be, by the official pipeline, without effect.

    `receipt` is signed: it is for exactly this text and policy, and speeds up nothing.
    """
    content = Content(title=draft.title, body=draft.body)
    key = await house.keys.key_of(caller.person.id)
    found = await ask(
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
    check = Check(
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
    """Held posts of the communities that one moderates, the oldest first."""
    roles = [(role, where) for role, where in caller.person.roles if role in ("moderator", "admin")]
    everywhere = any(where is None for _, where in roles)
    communities = None if everywhere else [where for _, where in roles if where]
    return Queue(items=house.view.held(communities, 50, cursor))


@guarded(router, "POST", "/review/{post_id}/decision", "review_posts", status_code=202)
async def review_post(
    post_id: Annotated[PostId, Path()], review: ReviewIn, house: InHouse, caller: CallerIn
) -> Accepted:
    """Decide on a held post. A person's decision replaces the machine's."""
    head = house.view.post_head(post_id)
    if head is None:
        raise NotFound("There is no such post.")
    if not caller.moderates(head.community):
        raise Forbidden("You do not moderate this community.", "not_moderator_here")
    resolved = await ask(
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
    return Accepted(id=post_id, revision=review.revision, sequence=resolved.sequence, state=review.outcome)
