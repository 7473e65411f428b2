"""Writing posts: seal, append, and answer the same for the same request however often it comes."""

from collections.abc import Callable
from datetime import UTC, datetime

from services.gateway.http.fields import State
from services.gateway.posts.domain import (
    PostHead,
    check_appeal,
    check_content,
    check_report,
    check_write,
    head_for_retry,
    head_of,
    is_same_edit,
    is_same_submission,
)
from services.gateway.posts.schemas import Accepted, EditPost, NewPost, Post
from services.gateway.view.view import View
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

# Hears of what was accepted: the person, the answer, the text, and the preview that was named with it.
Listener = Callable[[str, Accepted, Content, str | None], None]


def nobody(*_: object) -> None:
    """Hears nothing."""


class Posts:
    """The write side of posts and comments."""

    def __init__(self, log: Log, keys: DataKeyStore, view: View, tell: Listener = nobody) -> None:
        self._log = log
        self._tell = tell
        self._keys = keys
        self._view = view

    async def submit(self, author_id: str, post: NewPost) -> Accepted:
        """Append a submission.

        Raises:
            Invalid: empty text, or a parent in another community.
            NotFound: `community_unknown`, `parent_unknown`.
            Conflict: `id_reused`.
            UnknownOutcome: the log did not confirm; send the same again.
        """
        content = Content(title=post.title, body=post.body)
        check_content(content, comment=post.parent_id is not None)
        if not self._view.has_community(post.community):
            raise NotFound(f"There is no community called {post.community}.", "community_unknown")
        root_id = self._root_of(post) if post.parent_id else None
        accepted = await self.append_submission(
            author_id, post.id, content,
            community=post.community, parent_id=post.parent_id, root_id=root_id, preview_id=post.preview_id,
        )  # fmt: skip
        self._tell(author_id, accepted, content, post.preview_id)
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
        """Seal and append; the id makes the same submission the same fact."""
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

    async def edit(self, person_id: str, post_id: str, change: EditPost) -> Accepted:
        """Append an edit of the revision that the author saw; the same edit again is the same answer."""
        head, submission, last = await self._history(post_id)
        key = await self._keys.key_of(person_id)
        known = await self._content(post_id, submission, last) if head and head.author_id == person_id else None
        content = Content(
            title=change.title if change.title is not None else known.title if known else "",
            body=change.body if change.body is not None else known.body if known else "",
        )
        fact = PostEdited(
            author_id=person_id,
            content=key.seal(content.canonical(), post_id),
            content_hash=key.content_hash(content.canonical()),
            revision=change.revision + 1,
            preview_id=change.preview_id,
        )
        if head is not None and head.revision == fact.revision and not head.withdrawn:
            # Perhaps this very edit; its decision may stand behind it already.
            stored = await self._log.last_by_subject(PostEdited.subject(post_id))
            if stored is not None and is_same_edit(stored, fact):
                return Accepted(id=post_id, revision=fact.revision, sequence=stored.sequence, state="pending")
        head = check_write(head, person_id, change.revision)
        check_content(content, comment=_is_comment(submission))
        accepted = await self._append_next(fact, post_id, person_id, head, "pending")
        self._tell(person_id, accepted, content, change.preview_id)
        return accepted

    async def withdraw(self, person_id: str, post_id: str) -> Accepted:
        """Append the withdrawal; withdrawing twice is withdrawing once."""
        head, _, _ = await self._history(post_id)
        if head is not None and head.withdrawn and head.author_id == person_id:
            return Accepted(id=post_id, revision=head.revision, sequence=head.sequence, state="withdrawn")
        head = check_write(head, person_id, None)
        return await self._append_next(PostWithdrawn(revision=head.revision), post_id, person_id, head, "withdrawn")

    async def appeal(self, person_id: str, post_id: str, reason: str) -> Accepted:
        """Append the author's appeal against what was decided on the present revision.

        Raises:
            Conflict: `nothing_to_appeal`, the present revision is not held or rejected by a decision, or is
                appealed already.
        """
        head, _, _ = await self._history(post_id)
        head = check_write(head, person_id, None)
        decision = await self._log.last_by_subject(PostDecided.subject(post_id))
        appeal = await self._log.last_by_subject(PostAppealed.subject(post_id))
        outcome = check_appeal(head, decision, appeal, datetime.now(UTC))
        key = await self._keys.key_of(person_id)
        fact = PostAppealed(revision=head.revision, reason=key.seal(reason.encode(), post_id))
        return await self._append_next(fact, post_id, person_id, head, outcome)

    async def report(self, person_id: str, post: Post, reason: str) -> Accepted:
        """Append a reader's report of what they see; the second one of a person on a revision is the first.

        Raises:
            Forbidden: `own_post`.
            Conflict: `not_published`.
        """
        check_report(post.author.id, post.state, person_id)
        report_id = derived_id(0, "report", post.id, str(post.revision), person_id)
        key = await self._keys.key_of(person_id)
        sealed = key.seal(reason.encode(), report_id)
        fact = ReportFiled(post_id=post.id, revision=post.revision, reporter_id=person_id, reason=sealed)
        try:
            sequence = (await self._append(fact, report_id, person_id, after=0)).sequence
        except ConcurrencyConflict as lost:
            sequence = lost.last.sequence if lost.last else 0
        return Accepted(id=post.id, revision=post.revision, sequence=sequence, state=post.state)

    async def _append_next(
        self, fact: PostFact, post_id: str, person_id: str, head: PostHead, state: State
    ) -> Accepted:
        try:
            appended = await self._append(fact, post_id, person_id, after=head.sequence)
        except ConcurrencyConflict as lost:
            moved = head_for_retry(head, fact, lost.last)
            if moved is None:
                raise Conflict("The post has changed meanwhile: look again.", "revision_conflict") from lost
            return await self._append_next(fact, post_id, person_id, moved, state)
        return Accepted(id=post_id, revision=fact.revision, sequence=appended.sequence, state=state)

    async def _append(self, fact: Fact, post_id: str, person_id: str, after: int) -> Appended:
        event = record(fact, post_id, actor=f"user:{person_id}", at=datetime.now(UTC), traceparent=traceparent())
        return await self._log.append(event, after=after)

    async def _repeated_submission(self, fact: PostSubmitted, post_id: str) -> Accepted:
        stored = await self._log.last_by_subject(fact.subject(post_id))
        if stored is None or not is_same_submission(stored, fact):
            raise Conflict("This id was used for another post: make a new one.", "id_reused")
        # The same answer as the first time: state of acceptance, not of what came after.
        return Accepted(id=post_id, revision=1, sequence=stored.sequence, state="pending", repeat=True)

    async def _history(self, post_id: str) -> tuple[PostHead | None, Event | None, Event | None]:
        submission = await self._log.last_by_subject(PostSubmitted.subject(post_id))
        if submission is None:
            return None, None, None
        last = await self._log.last("post", post_id) or submission
        return head_of(submission, last), submission, last

    async def _content(self, post_id: str, submission: Event | None, last: Event | None) -> Content | None:
        edit = last if last and isinstance(last.data, PostEdited) else None
        edit = edit or await self._log.last_by_subject(PostEdited.subject(post_id))
        newest = edit or submission
        if newest is None or not isinstance(newest.data, PostSubmitted | PostEdited):
            return None
        key = await self._keys.key_of(newest.data.author_id)
        return Content.from_canonical(key.open(newest.data.content, post_id))

    def _root_of(self, post: NewPost) -> str:
        parent = self._view.post_head(post.parent_id or "")
        if parent is None or parent.state != "published":
            raise NotFound("The post that you answer is not there.", "parent_unknown")
        if parent.community != post.community:
            raise Invalid("A comment belongs to its parent's community.", "parent_elsewhere")
        return parent.root_id or post.parent_id or ""


def _is_comment(submission: Event | None) -> bool:
    return submission is not None and isinstance(submission.data, PostSubmitted) and bool(submission.data.parent_id)
