"""Reads a post's history before a decision is appended. Stored copies of facts and unknown facts do not mislead it."""

from shared.content import Content
from shared.log.append import Log
from shared.log.events import (
    DecodeError,
    Event,
    PostDecided,
    PostEdited,
    PostFact,
    PostSubmitted,
    PostWithdrawn,
    UnknownFact,
)
from shared.log.handler_runner import PoisonMessage
from shared.messaging.requests import ResolveCase
from shared.policy.windows import is_short_answer
from shared.security.data_keys import DataKeyStore, Erased, KeyLost
from shared.security.sealing import DataKey, DecryptionError


def decrypt(key: DataKey, sealed: str, post_id: str) -> Content:
    """Return the text of a submission or an edit.

    Raises:
        PoisonMessage: it cannot be opened.
    """
    try:
        return Content.from_canonical(key.open(sealed, post_id))
    except (DecryptionError, ValueError) as error:
        raise PoisonMessage(f"the text of {post_id} cannot be decrypted") from error


async def submission_of(log: Log, event: Event) -> PostSubmitted:
    """Return the submission of a post, which may be this event.

    Raises:
        PoisonMessage: the log has an edit but no submission.
    """
    if isinstance(event.data, PostSubmitted):
        return event.data
    submission = await log.last_by_subject(PostSubmitted.subject(event.entity_id))
    if submission is None or not isinstance(submission.data, PostSubmitted):
        raise PoisonMessage(f"{event.entity_id} was edited but never submitted")
    return submission.data


async def answered_text(log: Log, keys: DataKeyStore, post_id: str | None, answer: str) -> str:
    """Return the present text of the post that a short comment answers: longer ones are judged without it.

    Empty for a longer comment, without a post, and if the post is gone or unreadable.
    """
    if not is_short_answer(answer):
        return ""
    submission = await _last(log, PostSubmitted, post_id) if post_id else None
    if post_id is None or submission is None or not isinstance(submission.data, PostSubmitted):
        return ""
    edit, withdrawal = await _last(log, PostEdited, post_id), await _last(log, PostWithdrawn, post_id)
    if withdrawal is not None:
        return ""
    sealed = edit.data.content if edit and isinstance(edit.data, PostEdited) else submission.data.content
    try:
        return decrypt(await keys.key_of(submission.data.author_id), sealed, post_id).text
    except (Erased, KeyLost, PoisonMessage):
        return ""


async def is_obsolete(log: Log, judged: Event) -> bool:
    """Return whether the judged revision was decided, replaced by a later one, or withdrawn with its post.

    Any other fact about the post leaves a decision valid.

    Raises:
        UnknownFact: later code has decided, edited or withdrawn it.
    """
    post_id, revision = judged.entity_id, revision_of(judged)
    decision = await _last(log, PostDecided, post_id)
    if revision_of(decision) >= revision or revision_of(await _last(log, PostEdited, post_id)) > revision:
        return True
    if await _last(log, PostWithdrawn, post_id) is not None:
        return True
    if decision is None or decision.sequence < judged.sequence:
        return False
    # A decision on an earlier revision, behind this text, can be a copy that hides the decision on this revision.
    facts = await log.facts_of("post", post_id)
    return any(isinstance(fact.data, PostDecided) and revision_of(fact) >= revision for fact in facts)


async def text_under_review(log: Log, case: ResolveCase, submission: Event, last: Event) -> Event | None:
    """Return the submission or edit that began the case's revision; None if it is not the current revision.

    `last`: the last readable fact about the post.
    """
    edit = await _last(log, PostEdited, case.post_id)
    text = edit or submission
    if revision_of(last) == case.revision == revision_of(text):
        return text
    if edit is None or max(revision_of(last), revision_of(text)) > case.revision:
        return None
    # The moderator saw a later revision than the last facts tell: these are copies of earlier facts.
    texts = [fact for fact in await log.facts_of("post", case.post_id) if isinstance(fact.data, PostEdited)]
    current = max(map(revision_of, texts), default=0)
    return next((fact for fact in texts if revision_of(fact) == current == case.revision), None)


def revision_of(event: Event | None) -> int:
    """Return the revision in a fact about a post; 0 without one."""
    return event.data.revision if event and isinstance(event.data, PostFact) else 0


async def _last(log: Log, kind: type[PostFact], post_id: str) -> Event | None:
    """Return the post's last fact of a kind; None if there is none, or only broken bytes."""
    try:
        return await log.last_by_subject(kind.subject(post_id))
    except UnknownFact:
        raise
    except DecodeError:
        return None


def is_same_decision(last: Event, case: ResolveCase) -> bool:
    """Return whether the post's last fact is the very decision that the moderator asks for."""
    decided = last.data
    return (
        isinstance(decided, PostDecided)
        and last.actor == f"user:{case.moderator_id}"
        and decided.decided_by == "person"
        and (decided.revision, decided.outcome) == (case.revision, case.outcome)
        and [reason.message for reason in decided.reasons] == [case.reason]
    )
