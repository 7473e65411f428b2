"""Routes of posts, comments and votes."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query

from services.gateway.http.caller import Caller
from services.gateway.http.endpoints import guarded, router_of
from services.gateway.http.fast_route import FastJsonRoute
from services.gateway.http.guard import CallerIn
from services.gateway.http.schemas import PostId
from services.gateway.posts.commands import PostCommands
from services.gateway.posts.comment_queries import CommentQueries
from services.gateway.posts.queries import PostQueries
from services.gateway.posts.schemas import (
    Accepted,
    AppealIn,
    CommentTree,
    EditPost,
    NewPost,
    Post,
    ReadIn,
    ReportIn,
    VoteIn,
    VotesAnswer,
)
from services.gateway.posts.signal_commands import SignalCommands
from services.gateway.posts.vote_weight_queries import VoteWeights
from services.gateway.view.view import SEE_OWN_WRITE_S, View
from shared.problems import Forbidden, NotFound

Id = Annotated[PostId, Path()]


@dataclass(frozen=True)
class Routes:
    """The endpoints and their collaborators."""

    commands: PostCommands
    queries: PostQueries
    comments: CommentQueries
    signals: SignalCommands
    weights: VoteWeights
    view: View

    @guarded("POST", "", "submit_post", status_code=202, route_class=FastJsonRoute)
    async def submit_post(self, post: NewPost, caller: CallerIn) -> Accepted:
        """Submit a post, or a comment if `parent_id` is set. It is stored when this answers, and decided shortly after.

        The client chooses the id. Sending the same post again gives the same answer; another post under the same id
        is 409 `id_reused`.
        """
        return await self.commands.submit(caller.require_user().id, post)

    @guarded("PATCH", "/{post_id}", "edit_post", status_code=202)
    async def edit_post(self, post_id: Id, change: EditPost, caller: CallerIn) -> Accepted:
        """Edit your own post. `revision` is the one that you saw; moderation decides on the new one again."""
        return await self._written(post_id, caller, self.commands.edit(caller.require_user().id, post_id, change))

    @guarded("DELETE", "/{post_id}", "withdraw_post", status_code=202)
    async def withdraw_post(self, post_id: Id, caller: CallerIn) -> Accepted:
        """Withdraw your own post: nobody can see or find it any more."""
        return await self._written(post_id, caller, self.commands.withdraw(caller.require_user().id, post_id))

    @guarded("POST", "/{post_id}/appeal", "appeal_decision", status_code=202)
    async def appeal_decision(self, post_id: Id, appeal: AppealIn, caller: CallerIn) -> Accepted:
        """Ask a moderator to review your own post that was held or rejected."""
        appealed = self.commands.appeal(caller.require_user().id, post_id, appeal.reason)
        return await self._written(post_id, caller, appealed)

    @guarded("POST", "/{post_id}/report", "report_post", status_code=202)
    async def report_post(self, post_id: Id, report: ReportIn, caller: CallerIn) -> Accepted:
        """Report somebody else's post to the moderators. It stays published until a moderator decides.

        It counts once, with the weight that `GET /v1/me` shows: posts that only new accounts have reported are last in
        the review queue.
        """
        post, user = self.queries.visible(post_id, caller), caller.require_user()
        return await self.commands.report(user.id, post, report.reason, weight=self.weights.of(user).percent)

    @guarded("GET", "/{post_id}", "read_posts")
    async def read_post(self, post_id: Id, caller: CallerIn, after: Annotated[int, Query(ge=0, le=2**53)] = 0) -> Post:
        """Read one post. `after`: wait up to 2 s until this replica has seen that sequence."""
        if after:
            await self.view.wait_for(after, SEE_OWN_WRITE_S)
        return self.queries.visible(post_id, caller)

    @guarded("GET", "/{post_id}/comments", "read_posts", summary="Read the comments of a post")
    async def read_comments(self, post_id: Id, caller: CallerIn) -> CommentTree:
        """Read the whole tree of comments below a post, best comments first."""
        post = self.queries.visible(post_id, caller)
        moderator = caller.moderates(post.community)
        return self.comments.comments(post.root_id or post.id, caller.id, moderator=moderator)

    @guarded("PUT", "/{post_id}/vote", "vote")
    async def vote(self, post_id: Id, wanted: VoteIn, caller: CallerIn) -> VotesAnswer:
        """Vote +1 or −1, or 0 to take a vote back. Your last vote counts, with the weight that `GET /v1/me` shows."""
        self.queries.visible(post_id, caller)
        user = caller.require_user()
        weight = self.weights.of(user).percent
        sequence = await self.signals.send("vote", post_id, user.id, wanted.value, weight=weight)
        await self.view.wait_for_signal(sequence, SEE_OWN_WRITE_S)
        votes = self.queries.votes(post_id, caller.id)
        if votes is None:
            raise NotFound("There is no such post.")
        return votes

    @guarded("POST", "/{post_id}/read", "mark_read", status_code=204)
    async def mark_read(self, post_id: Id, mark: ReadIn, caller: CallerIn) -> None:
        """Record that you have read this post, or want less like it. It affects only your own feed."""
        self.queries.visible(post_id, caller)
        if mark.kind != "vote":
            await self.signals.send(mark.kind, post_id, caller.require_user().id, 1)

    async def _written(self, post_id: str, caller: Caller, writing: Awaitable[Accepted]) -> Accepted:
        """Write, and answer somebody else about a hidden post as if it did not exist, in the same words."""
        try:
            return await writing
        except (Forbidden, NotFound):
            self.queries.visible(post_id, caller)
            raise


def router(
    *,
    commands: PostCommands,
    queries: PostQueries,
    comments: CommentQueries,
    signals: SignalCommands,
    weights: VoteWeights,
    view: View,
) -> APIRouter:
    """Return the routes below `/v1/posts`."""
    return router_of(Routes(commands, queries, comments, signals, weights, view), prefix="/v1/posts", tags=["posts"])
