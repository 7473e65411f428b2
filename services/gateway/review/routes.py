"""Routes of the review queue and of moderators' decisions."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, cast

from fastapi import APIRouter, Path, Query
from nats.aio.client import Client
from nats.errors import Error as BrokerError

from services.gateway.accounts.queries import AccountQueries
from services.gateway.http.caller import Caller
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.guard import CallerIn
from services.gateway.http.schemas import PostId
from services.gateway.posts.queries import PostQueries
from services.gateway.posts.schemas import Accepted
from services.gateway.review.claims import Claim, Claims
from services.gateway.review.domain import NOT_HERE, OWN_POST, RANK_TOO_HIGH, check_review
from services.gateway.review.queries import Reviewer, ReviewQueries
from services.gateway.review.schemas import ClaimOut, OwnWaiting, Queue, QueueItem, ReviewIn, Urgency
from services.gateway.view.tables import URGENCIES
from shared.messaging.broker import send_request
from shared.messaging.requests import ResolveCase
from shared.problems import Conflict, Forbidden
from shared.roles.ranks import COMMUNITY_MODERATOR, rank_in

PAGE = 50
# A decision may wait behind a batch of the encoder.
ANSWER_S = 10.0
Id = Annotated[PostId, Path()]
# At most 15 digits, which SQLite can compare.
QueueCursor = Annotated[str, Query(pattern=f"^(({'|'.join(URGENCIES)})-)?[0-9]{{1,15}}$")]
LAST = 10**15 - 1
UnjudgedCursor = Annotated[int, Query(ge=1, le=LAST)]
# Refusals by moderation, which reads the roles from the log when it decides.
REFUSALS = {"own_post": OWN_POST, "not_moderator_here": NOT_HERE, "rank_too_high": RANK_TOO_HIGH}


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    queries: ReviewQueries
    posts: PostQueries
    accounts: AccountQueries
    claims: Claims
    broker: Client

    @guarded("GET", "/queue", "review_posts", summary="See the review queue")
    async def review_queue(self, caller: CallerIn, cursor: QueueCursor = "0") -> Queue:
        """List held, appealed and reported posts of the communities that you moderate, the most urgent first.

        Within an urgency the oldest comes first. Posts that only new accounts have reported come last, unless their
        reports together weigh as much as one of an established account. To start after a post, `cursor` is its
        `urgency`, a hyphen and its `sequence`.
        """
        urgency, _, sequence = cursor.rpartition("-")
        begin = "usual" if int(sequence) else "minors"
        items = self.queries.waiting(_reviewer(caller), PAGE, int(sequence), cast("Urgency", urgency or begin))
        await self._add_claims(items, caller)
        return Queue(items=items, next=_after(items[-1]) if len(items) == PAGE else None)

    @guarded("GET", "/unjudged", "review_posts", summary="See published posts that nothing has judged")
    async def unjudged_posts(self, caller: CallerIn, cursor: UnjudgedCursor = LAST) -> Queue:
        """List published posts with a substantial part in a language that no engine judges, the newest first.

        They are in the communities that you moderate. With your decision, a post leaves this list.
        """
        items, last = self.queries.unjudged(_reviewer(caller), PAGE, cursor)
        await self._add_claims(items, caller)
        return Queue(items=items, next=str(last) if last else None)

    @guarded("GET", "/own", "review_posts", summary="Count your own posts that nobody may decide on")
    async def own_without_reviewer(self, caller: CallerIn) -> OwnWaiting:
        """Count your own posts that wait while nobody else of your rank is there: an administrator must appoint one."""
        count = self.queries.own_without_reviewer(caller.require_user().id, datetime.now(UTC))
        return OwnWaiting(without_reviewer=count)

    @guarded("POST", "/{post_id}/claim", "review_posts", summary="Claim a post for review")
    async def claim_post(self, post_id: Id, caller: CallerIn) -> ClaimOut:
        """Show other moderators that you are reviewing this post, for five minutes or until a decision.

        Claiming it again restarts the five minutes. If another moderator has claimed it: 409 `claimed`. A claim does
        not prevent anybody from deciding. The claim of somebody who no longer moderates here does not count.
        """
        community = self._check_moderated(post_id, caller)
        held = await self.claims.find(post_id)
        if held and not self._moderates(held.moderator_id, community):
            await self.claims.settle(post_id)
        return self._shown(await self.claims.take(post_id, caller.require_user().id), caller)

    @guarded("DELETE", "/{post_id}/claim", "review_posts", status_code=204, summary="Release a claimed post")
    async def release_post(self, post_id: Id, caller: CallerIn) -> None:
        """Release your own claim. Claims of other moderators remain."""
        await self.claims.release(post_id, caller.require_user().id)

    @guarded("POST", "/{post_id}/decision", "review_posts", status_code=202)
    async def review_post(self, post_id: Id, review: ReviewIn, caller: CallerIn) -> Accepted:
        """Decide on a post in the review queue. A moderator's decision replaces the automatic one."""
        self._check_moderated(post_id, caller)
        resolved = await send_request(
            self.broker,
            ResolveCase(
                post_id=post_id,
                revision=review.revision,
                outcome=review.outcome,
                reason=review.reason,
                moderator_id=caller.require_user().id,
                seen=review.sequence,
            ),
            ANSWER_S,
        )
        if resolved.conflict in REFUSALS:
            raise Forbidden(REFUSALS[resolved.conflict], resolved.conflict)
        if resolved.conflict:
            raise Conflict("The post has changed since you loaded it.", resolved.conflict)
        with suppress(BrokerError, TimeoutError):  # the decision is stored, and the claim expires by itself
            await self.claims.settle(post_id)
        return Accepted(id=post_id, revision=review.revision, sequence=resolved.sequence, state=review.outcome)

    async def _add_claims(self, items: list[QueueItem], caller: Caller) -> None:
        claims = await self.claims.of([item.post.id for item in items])
        for item in items:
            claim = claims.get(item.post.id)
            if claim and self._moderates(claim.moderator_id, item.post.community):
                item.claim = self._shown(claim, caller)

    def _shown(self, claim: Claim, caller: Caller) -> ClaimOut:
        moderator = self.accounts.user_by_id(claim.moderator_id)
        return ClaimOut(
            post_id=claim.post_id,
            handle=moderator.handle if moderator else "",
            mine=claim.moderator_id == caller.id,
            expires_at=claim.expires_at,
        )

    def _check_moderated(self, post_id: str, caller: Caller) -> str:
        """Return the community of a post that the caller may review.

        Raises:
            NotFound: it does not exist, or it is hidden from the caller.
            Forbidden: `not_moderator_here`, `own_post` or `rank_too_high`.
        """
        post = self.posts.visible(post_id, caller)
        if not caller.moderates(post.community):
            raise Forbidden(NOT_HERE, "not_moderator_here")
        check_review(caller.require_user(), self.accounts.user_by_id(post.author.id), post.community)
        return post.community

    def _moderates(self, user_id: str, community: str) -> bool:
        user = self.accounts.user_by_id(user_id)
        if user is None or (user.suspended_until and user.suspended_until > datetime.now(UTC)):
            return False
        return rank_in(user.roles, community) >= COMMUNITY_MODERATOR


def router(
    *, queries: ReviewQueries, posts: PostQueries, accounts: AccountQueries, claims: Claims, broker: Client
) -> APIRouter:
    """Return the routes below `/v1/review`."""
    return router_of(Routes(queries, posts, accounts, claims, broker), prefix="/v1/review", tags=["moderation"])


def _reviewer(caller: Caller) -> Reviewer:
    user = caller.require_user()
    roles = [(role, where) for role, where in user.roles if role in ("moderator", "admin")]
    everywhere = any(where is None for _, where in roles)
    communities = None if everywhere else [where for _, where in roles if where]
    return Reviewer(user.id, rank_in(user.roles, None), communities)


def _after(item: QueueItem) -> str:
    return f"{item.urgency}-{item.post.sequence}"
