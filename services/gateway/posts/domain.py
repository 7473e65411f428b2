"""Rules for writing posts, appeals and reports. Pure: the clock and ids come in as data."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.gateway.view.change_set import State
from shared.content import Content, is_blank
from shared.log.events import (
    Event,
    Outcome,
    PostAppealed,
    PostDecided,
    PostEdited,
    PostFact,
    PostSubmitted,
    PostWithdrawn,
)
from shared.problems import Conflict, Forbidden, Invalid, NotFound


@dataclass(frozen=True)
class PostHead:
    """The end of a post's history in the log."""

    author_id: str
    community: str
    revision: int
    sequence: int
    withdrawn: bool


def head_of(submission: Event, last: Event) -> PostHead:
    """Return a post's head from its submission and its last fact."""
    fact = submission.data
    if not isinstance(fact, PostSubmitted) or not isinstance(last.data, PostFact):
        raise TypeError(f"{submission.type}, {last.type}")
    withdrawn = isinstance(last.data, PostWithdrawn)
    return PostHead(fact.author_id, fact.community, last.data.revision, last.sequence, withdrawn)


def at_least(head: PostHead, revision: int, state: State) -> PostHead:
    """Return the head with a revision and a withdrawal that an earlier fact than the last one has caused."""
    return replace(head, revision=max(head.revision, revision), withdrawn=head.withdrawn or state == "withdrawn")


def head_for_retry(head: PostHead, fact: PostFact, last: Event | None) -> PostHead | None:
    """Return the head to append `fact` after, when `last` was appended between reading and writing.

    Returns None, a conflict, if `last` belongs to another revision or withdraws the post; an appeal also conflicts
    with a decision that its author has not seen, and with another appeal. No other fact gets in the way.
    """
    if last is None or not isinstance(last.data, PostFact) or isinstance(last.data, PostWithdrawn):
        return None
    unseen = isinstance(fact, PostAppealed) and isinstance(last.data, PostDecided | PostAppealed)
    if unseen or last.data.revision != head.revision:
        return None
    return replace(head, sequence=last.sequence)


def check_content(content: Content, *, comment: bool) -> None:
    """Check that a post has text.

    Raises:
        Invalid: `empty`, or `title_on_comment`.
    """
    if comment and content.title:
        raise Invalid("A comment has no title.", "title_on_comment")
    if is_blank(content.title) and is_blank(content.body):
        raise Invalid("The post is empty. Add a title or some text.", "empty")


def check_write(head: PostHead | None, user_id: str, revision: int | None) -> PostHead:
    """Check that a user may change a post. `revision`: the one that they saw; None for any.

    Raises:
        NotFound: the post does not exist or is withdrawn.
        Forbidden: `not_author`.
        Conflict: `revision_conflict`.
    """
    if head is None or head.withdrawn:
        raise NotFound("There is no such post.")
    if head.author_id != user_id:
        raise Forbidden("Only the author may change this post.", "not_author")
    if revision is not None and revision != head.revision:
        raise Conflict(
            f"The post has changed since you loaded it: it is at revision {head.revision}.",
            "revision_conflict",
        )
    return head


@dataclass(frozen=True)
class OpenAppeal:
    """An appeal that nobody has decided yet: its sealed reason, its sequence, and the outcome that it contests."""

    reason: str
    sequence: int
    outcome: Outcome


def appeal_under_way(head: PostHead, decision: Event | None, appeal: Event | None) -> OpenAppeal | None:
    """Return the appeal against the decision on the current revision, if there is one already.

    `decision` and `appeal` are the last ones in the post's history.
    """
    if decision is None or appeal is None or appeal.sequence < decision.sequence:
        return None
    if not isinstance(decision.data, PostDecided) or not isinstance(appeal.data, PostAppealed):
        return None
    if head.revision != decision.data.revision or head.revision != appeal.data.revision:
        return None
    return OpenAppeal(appeal.data.reason, appeal.sequence, decision.data.outcome)


def check_appeal(head: PostHead, decision: Event | None, appeal: Event | None, now: datetime) -> Outcome:
    """Return the outcome of the decision that an appeal would contest.

    `decision` and `appeal` are the last ones in the post's history.

    Raises:
        Conflict: `nothing_to_appeal`, or `appeal_too_late`.
    """
    decided = decision.data if decision else None
    if (
        not isinstance(decided, PostDecided)
        or decided.revision != head.revision
        or decided.outcome == "published"
        or (appeal is not None and decision is not None and appeal.sequence > decision.sequence)
    ):
        raise Conflict("There is no decision to appeal against.", "nothing_to_appeal")
    if decided.appeal_until and decided.appeal_until < now:
        raise Conflict("The time to appeal has passed.", "appeal_too_late")
    return decided.outcome


def check_report(author_id: str, state: State, user_id: str) -> None:
    """Check that a user may report a post.

    Raises:
        Forbidden: `own_post`.
        Conflict: `not_published`.
    """
    if author_id == user_id:
        raise Forbidden("This is your own post. You can withdraw it instead.", "own_post")
    if state != "published":
        raise Conflict("This post is not published.", "not_published")


def is_same_submission(stored: Event, wanted: PostSubmitted) -> bool:
    """Return whether a stored submission equals the one being sent."""
    return isinstance(stored.data, PostSubmitted) and (
        stored.data.author_id,
        stored.data.content_hash,
        stored.data.community,
        stored.data.parent_id,
    ) == (wanted.author_id, wanted.content_hash, wanted.community, wanted.parent_id)


def is_same_edit(stored: Event, wanted: PostEdited) -> bool:
    """Return whether a stored edit equals the one being sent."""
    return isinstance(stored.data, PostEdited) and (
        stored.data.author_id,
        stored.data.content_hash,
        stored.data.revision,
    ) == (wanted.author_id, wanted.content_hash, wanted.revision)
