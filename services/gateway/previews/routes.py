"""Routes of preview records, the preview mode, dry runs and their receipts."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter
from nats.aio.client import Client

from services.gateway.communities.queries import CommunityQueries
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.posts.queries import PostQueries
from services.gateway.posts.schemas import PolicyOut, ReadingOut, ReasonOut, SpanOut
from services.gateway.previews.clock import within_retention
from services.gateway.previews.experiment_assignment import ExperimentAssignment
from services.gateway.previews.preview_recorder import PreviewRecorder
from services.gateway.previews.receipts import Receipts, Signed, statement_about
from services.gateway.previews.schemas import (
    DecisionPreview,
    DraftIn,
    ModeOut,
    PreviewsIn,
    ReceiptFinding,
    ReceiptIn,
    ReceiptKey,
    ReceiptOut,
    StatementOut,
)
from shared.content import Content
from shared.log.preview_records import Draft, DryRun, Preview
from shared.messaging.broker import send_request
from shared.messaging.requests import CheckDraft
from shared.problems import NotFound

# A dry run may wait behind a batch of the encoder.
ANSWER_S = 10.0


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    log: PreviewRecorder
    experiment: ExperimentAssignment
    receipts: Receipts
    communities: CommunityQueries
    posts: PostQueries
    broker: Client

    @guarded("POST", "/previews", "send_previews", status_code=202)
    async def send_previews(self, summaries: PreviewsIn, caller: CallerIn) -> None:
        """Send summaries of the previews that your client showed, without texts. They affect no decision."""
        now = datetime.now(UTC)
        seen = [
            Preview.model_validate(item.model_dump() | {"at": within_retention(item.at, now)})
            for item in summaries.items
        ]
        drafts = [Draft.model_validate(draft.model_dump()) for draft in summaries.drafts]
        await self.log.note(caller.require_user().id, [*seen, *drafts])

    @guarded("GET", "/mode", "see_mode")
    async def see_mode(self, caller: CallerIn) -> ModeOut:
        """Read whether the client shows previews: to all users, to none, or to all but a random share."""
        return ModeOut(mode=self.experiment.mode, previews=self.experiment.shows_previews(caller.id))

    @guarded("POST", "/previews/check", "check_draft", tags=["moderation"])
    async def check_draft(self, draft: DraftIn, caller: CallerIn) -> DecisionPreview:
        """Run moderation on a draft without any effect.

        `receipt` is a signed statement about exactly this text and policy. It does not speed up a later decision.
        """
        if not self.communities.exists(draft.community):
            raise NotFound(f"There is no community called {draft.community}.", "community_unknown")
        if draft.parent_id and not self.posts.is_public(draft.parent_id):
            raise NotFound("The post that you reply to does not exist or is not published.", "parent_unknown")
        content = Content(title=draft.title, body=draft.body)
        found = await send_request(
            self.broker,
            CheckDraft(
                community=draft.community,
                title=draft.title,
                body=draft.body,
                person_id=caller.require_user().id,
                parent_id=draft.parent_id,
            ),
            ANSWER_S,
        )
        statement = statement_about(content, draft.community, draft.preview_id, found)
        check = DryRun(
            preview_id=statement.preview_id,
            outcome=found.outcome,
            policy_digest=found.policy_digest,
            model=found.model,
            took_ms=found.took_ms,
        )
        self.log.note_check(caller.require_user().id, check)
        return DecisionPreview(
            outcome=found.outcome,
            reasons=[ReasonOut.of(reason) for reason in found.reasons],
            policy=PolicyOut(digest=found.policy_digest, version=found.policy_version),
            engine=found.engine,
            model=found.model,
            took_ms=found.took_ms,
            failure_mode=found.failure_mode,
            reading=ReadingOut.model_validate(found.reading.model_dump()) if found.reading else None,
            unjudged=found.unjudged,
            unjudged_languages=list(found.unjudged_languages),
            unjudged_spans=[SpanOut.model_validate(span.model_dump()) for span in found.unjudged_spans],
            receipt=ReceiptOut.model_validate(self.receipts.sign(statement).model_dump()),
        )

    @guarded("POST", "/previews/receipts/verify", "verify_receipt")
    async def verify_receipt(self, receipt: ReceiptIn) -> ReceiptFinding:
        """Verify that this server signed a receipt and, if a text is given, that it is about exactly that text."""
        content = Content(title=receipt.title, body=receipt.body) if receipt.body is not None else None
        signed = Signed(statement=receipt.statement, key_id=receipt.key_id, signature=receipt.signature)
        finding, statement = self.receipts.check(signed, content, datetime.now(UTC))
        shown = StatementOut.model_validate(statement.model_dump(exclude={"format"})) if statement else None
        return ReceiptFinding(valid=finding == "valid", finding=finding, statement=shown)

    @guarded("GET", "/previews/receipts/key", "verify_receipt", summary="Get the key that verifies receipts")
    async def receipt_key(self) -> ReceiptKey:
        """Get the public key that verifies receipts offline: Ed25519 over the UTF-8 bytes of `statement`."""
        public = base64.urlsafe_b64encode(self.receipts.public_key).decode()
        return ReceiptKey(key_id=self.receipts.key_id, public_key=public)


def router(
    *,
    log: PreviewRecorder,
    experiment: ExperimentAssignment,
    receipts: Receipts,
    communities: CommunityQueries,
    posts: PostQueries,
    broker: Client,
) -> APIRouter:
    """Return the routes of previews."""
    return router_of(Routes(log, experiment, receipts, communities, posts, broker), prefix="/v1", tags=["previews"])
