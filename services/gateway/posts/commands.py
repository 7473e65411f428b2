"""Writes posts: seals them, appends facts, and answers a repeated request as it answered the first."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from services.gateway.communities.queries import CommunityQueries
from services.gateway.posts.domain import (
    PostHead,
    appeal_under_way,
    at_least,
    check_appeal,
    check_content,
    check_report,
    check_write,
    head_for_retry,
    head_of,
    is_same_edit,
    is_same_submission,
)
from services.gateway.posts.queries import PostQueries
from services.gateway.posts.schemas import Accepted, EditPost, NewPost, Post
from services.gateway.view.change_set import State
from shared.content import Content
from shared.ids import derived_id
from shared.log.append import Appended, ConcurrencyConflict, Log
from shared.log.events import (
    Event,
    Fact,
    Origin,
    PostAppealed,
    PostDecided,
    PostEdited,
    PostFact,
    PostSubmitted,
    PostWithdrawn,
    ReportFiled,
    record,
)
from shared.problems import Conflict, Invalid, NotFound
from shared.security.data_keys import DataKeyStore
from shared.telemetry.tracing import traceparent

# Is called with each accepted submission or edit: user id, answer, text, and the id of the named preview.
Listener = Callable[[str, Accepted, Content, str | None], None]


def ignore(*_: object) -> None:
    """Do nothing."""


class PostCommands:
    """The write side of posts and comments."""

    def __init__(
        self,
        log: Log,
        keys: DataKeyStore,
        queries: PostQueries,
        communities: CommunityQueries,
        on_accepted: Listener = ignore,
    ) -> None:
        self._log = log
        self._keys = keys
        self._queries = queries
        self._communities = communities
        self._on_accepted = on_accepted

    @staticmethod
    def check(content: Content, *, comment: bool) -> None:
        """Check that a post has text; raises like `check_content`."""
        check_content(content, comment=comment)

    async def submit(self, author_id: str, post: NewPost) -> Accepted:
        """Append a submission.

        Raises:
            Invalid: empty text, or a parent in another community.
            NotFound: `community_unknown`, `parent_unknown`.
            Conflict: `id_reused`.
            UnknownOutcome: the log did not confirm; send the same post again.
        """
        content = Content(title=post.title, body=post.body)
        check_content(content, comment=post.parent_id is not None)
        if not self._communities.exists(post.community):
            raise NotFound(f"There is no community called {post.community}.", "community_unknown")
        root_id = self._root_of(post) if post.parent_id else None
        accepted = await self.append_submission(
            author_id, post.id, content,
            community=post.community, parent_id=post.parent_id, root_id=root_id, preview_id=post.preview_id,
        )  # fmt: skip
        self._on_accepted(author_id, accepted, content, post.preview_id)
        return accepted

    async def append_submission(
        self,
        author_id: str,
        post_id: str,
        content: Content,
        *,
        community: str,
        parent_id: str | None = None,
        root_id: str | None = None,
        preview_id: str | None = None,
        origin: Origin | None = None,
    ) -> Accepted:
        """Seal the content and append a submission; repeating it with the same id appends nothing."""
        key = await self._keys.key_of(author_id)
        fact = PostSubmitted(
            author_id=author_id,
            community=community,
            content=key.seal(content.canonical(), post_id),
            content_hash=key.content_hash(content.canonical()),
            parent_id=parent_id,
            root_id=root_id,
            preview_id=preview_id,
            origin=origin,
        )
        try:
            appended = await self._append(fact, post_id, author_id, after=0)
        except ConcurrencyConflict:
            return await self._repeated_submission(fact, post_id)
        return Accepted(id=post_id, revision=1, sequence=appended.sequence, state="pending")

    async def edit(self, user_id: str, post_id: str, change: EditPost) -> Accepted:
        """Append an edit of the revision that the author saw; repeating it gives the same answer."""
        head, submission, last = await self._history(post_id)
        key = await self._keys.key_of(user_id)
        known = await self._content(post_id, submission, last) if head and head.author_id == user_id else None
        content = Content(
            title=change.title if change.title is not None else known.title if known else "",
            body=change.body if change.body is not None else known.body if known else "",
        )
        fact = PostEdited(
            author_id=user_id,
            content=key.seal(content.canonical(), post_id),
            content_hash=key.content_hash(content.canonical()),
            revision=change.revision + 1,
            preview_id=change.preview_id,
        )
        if head is not None and head.revision == fact.revision and not head.withdrawn:
            # This may be a repeat of an edit that has been decided already.
            stored = await self._log.last_by_subject(PostEdited.subject(post_id))
            if stored is not None and is_same_edit(stored, fact):
                return Accepted(id=post_id, revision=fact.revision, sequence=stored.sequence, state="pending")
        head = check_write(head, user_id, change.revision)
        check_content(content, comment=_is_comment(submission))
        accepted = await self._append_next(fact, post_id, user_id, head, "pending")
        self._on_accepted(user_id, accepted, content, change.preview_id)
        return accepted

    async def withdraw(self, user_id: str, post_id: str) -> Accepted:
        """Append a withdrawal; withdrawing twice has the effect of once."""
        head, _, _ = await self._history(post_id)
        if head is not None and head.withdrawn and head.author_id == user_id:
            return Accepted(id=post_id, revision=head.revision, sequence=head.sequence, state="withdrawn")
        head = check_write(head, user_id, None)
        return await self._append_next(PostWithdrawn(revision=head.revision), post_id, user_id, head, "withdrawn")

    async def appeal(self, user_id: str, post_id: str, reason: str) -> Accepted:
        """Append the author's appeal against the decision on the current revision; the same appeal is stored once.

        Raises:
            Conflict: `nothing_to_appeal`, no decision holds or rejects the current revision, or it has been appealed.
        """
        head, _, _ = await self._history(post_id)
        head = check_write(head, user_id, None)
        decision = await self._log.last_by_subject(PostDecided.subject(post_id))
        appeal = await self._log.last_by_subject(PostAppealed.subject(post_id))
        key = await self._keys.key_of(user_id)
        if (open_appeal := appeal_under_way(head, decision, appeal)) and (
            key.open(open_appeal.reason, post_id) == reason.encode()
        ):
            return Accepted(
                id=post_id, revision=head.revision, sequence=open_appeal.sequence, state=open_appeal.outcome
            )
        outcome = check_appeal(head, decision, appeal, datetime.now(UTC))
        fact = PostAppealed(revision=head.revision, reason=key.seal(reason.encode(), post_id))
        return await self._append_next(fact, post_id, user_id, head, outcome)

    async def report(self, user_id: str, post: Post, reason: str, *, weight: int) -> Accepted:
        """Append a report about a post that the user sees; a second one of the same revision changes nothing.

        Raises:
            Forbidden: `own_post`.
            Conflict: `not_published`.
        """
        check_report(post.author.id, post.state, user_id)
        report_id = derived_id(0, "report", post.id, str(post.revision), user_id)
        key = await self._keys.key_of(user_id)
        sealed = key.seal(reason.encode(), report_id)
        fact = ReportFiled(post_id=post.id, revision=post.revision, reporter_id=user_id, reason=sealed, weight=weight)
        try:
            sequence = (await self._append(fact, report_id, user_id, after=0)).sequence
        except ConcurrencyConflict as lost:
            sequence = lost.last.sequence if lost.last else 0
        return Accepted(id=post.id, revision=post.revision, sequence=sequence, state=post.state)

    async def _append_next(self, fact: PostFact, post_id: str, user_id: str, head: PostHead, state: State) -> Accepted:
        try:
            appended = await self._append(fact, post_id, user_id, after=head.sequence)
        except ConcurrencyConflict as lost:
            moved = head_for_retry(head, fact, lost.last)
            if moved is None:
                raise Conflict("The post has changed since you loaded it.", "revision_conflict") from lost
            return await self._append_next(fact, post_id, user_id, replace(moved, sequence=lost.sequence), state)
        return Accepted(id=post_id, revision=fact.revision, sequence=appended.sequence, state=state)

    async def _append(self, fact: Fact, post_id: str, user_id: str, after: int) -> Appended:
        event = record(fact, post_id, actor=f"user:{user_id}", at=datetime.now(UTC), traceparent=traceparent())
        return await self._log.append(event, after=after)

    async def _repeated_submission(self, fact: PostSubmitted, post_id: str) -> Accepted:
        stored = await self._log.last_by_subject(fact.subject(post_id))
        if stored is None or not is_same_submission(stored, fact):
            raise Conflict("This id belongs to another post. Use a new one.", "id_reused")
        # The same answer as the first time: the state when it was accepted.
        return Accepted(id=post_id, revision=1, sequence=stored.sequence, state="pending", repeat=True)

    async def _history(self, post_id: str) -> tuple[PostHead | None, Event | None, Event | None]:
        submission = await self._log.last_by_subject(PostSubmitted.subject(post_id))
        if submission is None:
            return None, None, None
        end = await self._log.end_of("post", post_id)
        last = end.last or submission
        head = replace(head_of(submission, last), sequence=end.sequence)
        known = self._queries.status(post_id)
        # A stored copy of an old fact may be the last one: the view, which ignores copies, knows the revision.
        return at_least(head, known.revision, known.state) if known else head, submission, last

    async def _content(self, post_id: str, submission: Event | None, last: Event | None) -> Content | None:
        edit = last if last and isinstance(last.data, PostEdited) else None
        edit = edit or await self._log.last_by_subject(PostEdited.subject(post_id))
        newest = edit or submission
        if newest is None or not isinstance(newest.data, PostSubmitted | PostEdited):
            return None
        key = await self._keys.key_of(newest.data.author_id)
        return Content.from_canonical(key.open(newest.data.content, post_id))

    def _root_of(self, post: NewPost) -> str:
        parent = self._queries.status(post.parent_id or "")
        if parent is None or not self._queries.is_public(post.parent_id or ""):
            raise NotFound("The post that you reply to does not exist or is not published.", "parent_unknown")
        if parent.community != post.community:
            raise Invalid("A comment must be in the community of its parent.", "parent_elsewhere")
        return parent.root_id or post.parent_id or ""


def _is_comment(submission: Event | None) -> bool:
    return submission is not None and isinstance(submission.data, PostSubmitted) and bool(submission.data.parent_id)
