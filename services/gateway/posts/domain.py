"""What may be written about a post, decided from what is known of it: pure, the clock and the ids come in as data."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.gateway.http.fields import State
from services.gateway.view.records import User
from shared.content import Content
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

CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing that is misread aloud


@dataclass(frozen=True)
class PostHead:
    """The present end of a post's history, as the log tells it."""

    author_id: str
    community: str
    revision: int
    sequence: int
    withdrawn: bool


def head_of(submission: Event, last: Event) -> PostHead:
    """A post's head from its submission and its last fact."""
    fact = submission.data
    if not isinstance(fact, PostSubmitted) or not isinstance(last.data, PostFact):
        raise TypeError(f"{submission.type}, {last.type}")
    withdrawn = isinstance(last.data, PostWithdrawn)
    return PostHead(fact.author_id, fact.community, last.data.revision, last.sequence, withdrawn)


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
    """Refuse what nobody could read.

    Raises:
        Invalid: `empty`, or `title_on_comment`.
    """
    if comment and content.title:
        raise Invalid("A comment has no title.", "title_on_comment")
    if not content.title.strip() and not content.body.strip():
        raise Invalid("Write something first.", "empty")


def check_write(head: PostHead | None, person_id: str, revision: int | None) -> PostHead:
    """May this person change this post, having seen this revision?

    Raises:
        NotFound: there is no such post, or it is gone.
        Forbidden: it is somebody else's.
        Conflict: `revision_conflict`.
    """
    if head is None or head.withdrawn:
        raise NotFound("There is no such post.")
    if head.author_id != person_id:
        raise Forbidden("Only its author may change a post.", "not_author")
    if revision is not None and revision != head.revision:
        raise Conflict(f"You saw revision {revision}, the post is at {head.revision}: look again.", "revision_conflict")
    return head


def check_appeal(head: PostHead, decision: Event | None, appeal: Event | None, now: datetime) -> Outcome:
    """Return the outcome of the decision that an appeal would be against.

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
        raise Conflict("The time to appeal is over.", "appeal_too_late")
    return decided.outcome


def check_report(author_id: str, state: State, person_id: str) -> None:
    """May this person report a post in this state?

    Raises:
        Forbidden: `own_post`.
        Conflict: `not_published`.
    """
    if author_id == person_id:
        raise Forbidden("This post is your own: you can withdraw it.", "own_post")
    if state != "published":
        raise Conflict("Others cannot see this post at the moment.", "not_published")


def check_suspension(by: User, of: User) -> None:
    """May one person suspend or reinstate the other?

    Raises:
        Forbidden: `not_moderator_everywhere`, `own_standing` or `rank_too_high`.
    """
    if not {("moderator", None), ("admin", None)} & set(by.roles):
        raise Forbidden("This is for moderators of the whole house.", "not_moderator_everywhere")
    if by.id == of.id:
        raise Forbidden("Nobody decides on their own standing.", "own_standing")
    roles = {role for role, _ in of.roles}
    if "admin" in roles or ("moderator" in roles and ("admin", None) not in by.roles):
        raise Forbidden("Only an admin may suspend a moderator, and nobody an admin.", "rank_too_high")


def is_same_submission(stored: Event, wanted: PostSubmitted) -> bool:
    """Whether a stored submission is the one that is being sent again."""
    return isinstance(stored.data, PostSubmitted) and (
        stored.data.author_id,
        stored.data.content_hash,
        stored.data.community,
        stored.data.parent_id,
    ) == (wanted.author_id, wanted.content_hash, wanted.community, wanted.parent_id)


def is_same_edit(stored: Event, wanted: PostEdited) -> bool:
    """Whether a stored edit is the one that is being sent again."""
    return isinstance(stored.data, PostEdited) and (
        stored.data.author_id,
        stored.data.content_hash,
        stored.data.revision,
    ) == (wanted.author_id, wanted.content_hash, wanted.revision)


def short_code(post_id: str) -> str:
    """A code that people can quote: four letters from the end of the id, `OT-7F3K`."""
    value = int(post_id.replace("-", "")[-5:], 16)
    return "OT-" + "".join(CODE_LETTERS[value >> shift & 31] for shift in (15, 10, 5, 0))
