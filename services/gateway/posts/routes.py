"""Posts, comments, votes, related posts and the timeline."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict

from services.gateway.dependencies import House, InHouse
from services.gateway.feed.schemas import FoundPost, Related, Timeline, TimelineFact
from services.gateway.http.fast_route import FastJsonRoute
from services.gateway.http.fields import PostId
from services.gateway.http.guard import Caller, CallerIn, guarded
from services.gateway.posts.domain import short_code
from services.gateway.posts.schemas import Accepted, CommentTree, EditPost, NewPost, Post, VoteIn, VotesAnswer
from services.gateway.review.schemas import AppealIn, ReportIn
from services.gateway.timeline.queries import spans_of
from shared.log.signals import Signal, SignalKind
from shared.messaging.broker import send_request
from shared.messaging.requests import RelatedPosts
from shared.problems import NotFound
from shared.telemetry.tracing import trace_id

router = APIRouter(prefix="/v1/posts", tags=["posts"])
Id = Annotated[PostId, Path()]
# A read may ask for its own write; a view that is further behind than this answers with what it has.
WAIT_S = 2.0
# A side column is worth a short wait only.
RELATED_S = 1.0


@guarded(router, "POST", "", "submit_post", status_code=202, route_class=FastJsonRoute)
async def submit_post(post: NewPost, house: InHouse, caller: CallerIn) -> Accepted:
    """Submit a post, or a comment when `parent_id` is set. On disk when this answers; decided a moment later.

    The client makes the id: sending the same again gives the same answer, other content under the id is 409
    `id_reused`.
    """
    return await house.posts.submit(caller.person.id, post)


@guarded(router, "PATCH", "/{post_id}", "edit_post", status_code=202)
async def edit_post(post_id: Id, change: EditPost, house: InHouse, caller: CallerIn) -> Accepted:
    """Change one's own post, having seen `revision`. The new revision is judged again."""
    return await house.posts.edit(caller.person.id, post_id, change)


@guarded(router, "DELETE", "/{post_id}", "withdraw_post", status_code=202)
async def withdraw_post(post_id: Id, house: InHouse, caller: CallerIn) -> Accepted:
    """Take one's own post back: nobody sees or finds it from here on."""
    return await house.posts.withdraw(caller.person.id, post_id)


@guarded(router, "POST", "/{post_id}/appeal", "appeal_decision", status_code=202)
async def appeal_decision(post_id: Id, appeal: AppealIn, house: InHouse, caller: CallerIn) -> Accepted:
    """Ask a person to look at one's own post that was held or rejected."""
    return await house.posts.appeal(caller.person.id, post_id, appeal.reason)


@guarded(router, "POST", "/{post_id}/report", "report_post", status_code=202)
async def report_post(post_id: Id, report: ReportIn, house: InHouse, caller: CallerIn) -> Accepted:
    """Ask a moderator to look at somebody else's post. It stays where it is until a person has decided."""
    return await house.posts.report(caller.person.id, visible(house, post_id, caller), report.reason)


@guarded(router, "GET", "/{post_id}", "read_posts")
async def read_post(
    post_id: Id, house: InHouse, caller: CallerIn, after: Annotated[int, Query(ge=0, le=2**53)] = 0
) -> Post:
    """One post. `after`: wait up to 2 s until this replica has seen that sequence."""
    if after:
        await house.view.wait_for(after, WAIT_S)
    return visible(house, post_id, caller)


@guarded(router, "GET", "/{post_id}/comments", "read_posts", summary="Read the comments of a post")
async def read_comments(post_id: Id, house: InHouse, caller: CallerIn) -> CommentTree:
    """The whole tree below a post, the best answers first."""
    post = visible(house, post_id, caller)
    return house.view.comments(post.root_id or post.id, caller.id)


@guarded(router, "GET", "/{post_id}/related", "read_posts", summary="Find related posts")
async def related_posts(post_id: Id, house: InHouse, caller: CallerIn) -> Related:
    """Published posts that are near in meaning."""
    visible(house, post_id, caller)
    hits = await send_request(house.broker, RelatedPosts(post_id=post_id), RELATED_S)
    posts = house.view.posts([hit.post_id for hit in hits.items], caller.id)
    return Related(
        items=[
            FoundPost(post=posts[hit.post_id], score=hit.score, why=hit.why)
            for hit in hits.items
            if hit.post_id in posts
        ]
    )


@guarded(router, "GET", "/{post_id}/timeline", "see_timeline")
async def timeline(post_id: Id, house: InHouse, caller: CallerIn) -> Timeline:
    """Facts and spans of one post on one time axis, from the browser to the feed."""
    visible(house, post_id, caller)
    facts = house.view.facts(post_id)
    traces = [found for fact in facts if (found := trace_id(fact.traceparent))]
    return Timeline(
        code=short_code(post_id),
        facts=[
            TimelineFact(
                sequence=fact.sequence,
                type=fact.type,
                occurred_at=fact.occurred_at,
                actor=fact.actor.partition(":")[0] if fact.actor.startswith("user:") else fact.actor,
                revision=fact.revision,
                outcome=fact.outcome,
                took_ms=fact.took_ms,
            )
            for fact in facts
        ],
        spans=await spans_of(house.broker, traces),
    )


@guarded(router, "PUT", "/{post_id}/vote", "vote")
async def vote(post_id: Id, wanted: VoteIn, house: InHouse, caller: CallerIn) -> VotesAnswer:
    """Vote +1, −1, or 0 to take a vote back. The last vote counts."""
    visible(house, post_id, caller)
    sequence = await _signal(house, "vote", post_id, caller.person.id, wanted.value)
    await house.view.wait_for_signal(sequence, WAIT_S)
    votes = house.view.votes(post_id, caller.id)
    if votes is None:
        raise NotFound("There is no such post.")
    return votes


class ReadIn(BaseModel):
    """A read, or a wish for less of this."""

    model_config = ConfigDict(extra="forbid")
    kind: SignalKind = "read"


@guarded(router, "POST", "/{post_id}/read", "mark_read", status_code=204)
async def mark_read(post_id: Id, mark: ReadIn, house: InHouse, caller: CallerIn) -> None:
    """Tell that one has read this (or wants less of it): it forms one's own feed only."""
    visible(house, post_id, caller)
    if mark.kind != "vote":
        await _signal(house, mark.kind, post_id, caller.person.id, 1)


def visible(house: House, post_id: str, caller: Caller) -> Post:
    """The post as this caller may see it.

    Raises:
        NotFound: there is none, or it is not for them.
    """
    head = house.view.post_head(post_id)
    moderator = head is not None and caller.moderates(head.community)
    post = house.view.post(post_id, caller.id, moderator)
    if post is None:
        raise NotFound("There is no such post, or it is not public.")
    return post


async def _signal(house: House, kind: SignalKind, post_id: str, person_id: str, value: int) -> int:
    signal = Signal(kind=kind, post_id=post_id, user_id=person_id, value=value, occurred_at=datetime.now(UTC))
    ack = await house.broker.jetstream().publish(signal.subject, signal.encode(), stream="SIGNALS")
    return ack.seq
