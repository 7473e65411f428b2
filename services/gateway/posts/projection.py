"""Folds the facts of posts into the view."""

from services.gateway.view.change_notifications import Decided, Published, TakenDown
from services.gateway.view.change_set import Act, Appeal, ChangeSet, Decision, Opened, Post, State, Text, time_of
from services.gateway.view.tables import URGENCIES, USUAL
from shared.log.events import Event, PostAppealed, PostDecided, PostEdited, PostSubmitted, PostWithdrawn, UserErased

# Children first, then people in a crisis, then what could hurt somebody soon.
_URGENCY = {
    "sexual_minors": "minors",
    "self_harm": "crisis",
    "self_harm_encouragement": "danger",
    "violence": "danger",
}


def fold_post(change_set: ChangeSet, event: Event, opened: Opened) -> None:
    """Fold a fact about a post. `opened`: its text, or the reason of an appeal."""
    fact = event.data
    text, reason = (opened, None) if isinstance(opened, tuple) else (None, opened)
    post = change_set.posts.get(event.entity_id)
    if post is None:
        if isinstance(fact, PostSubmitted):
            _submit(change_set, event, fact, text)
        return
    # The next writer must name the last fact, even one that changes nothing else.
    post.sequence = event.sequence
    change_set.touched.add(post.id)
    if post.state == "withdrawn" or change_set.is_repeat(event):
        return
    match fact:
        case PostDecided() if fact.revision == post.revision and not _is_second_judgement(post, fact):
            _decide(change_set, event, fact, post)
        case PostEdited() if fact.revision > post.revision:
            _edit(change_set, event, fact, post, text)
        case PostWithdrawn():
            _withdraw(change_set, post, event.sequence)
            change_set.texts[post.id] = ("", "")
            change_set.words_replaced = True
        case PostAppealed() if fact.revision == post.revision and post.state in ("held", "rejected"):
            post.waiting = True
            change_set.appeals.append(Appeal(post.id, event.sequence, time_of(event.occurred_at), reason))


def fold_erased_author(change_set: ChangeSet, event: Event, opened: Opened) -> None:
    """Withdraw the posts of an erased user and delete their texts."""
    if not isinstance(event.data, UserErased):
        return
    for post in change_set.posts.values():
        if post.author_id == event.entity_id:
            _withdraw(change_set, post, event.sequence)
            change_set.texts[post.id] = None
            change_set.touched.add(post.id)


def is_support(category: str) -> bool:
    """Return whether a category says that somebody may need help: nothing public ever hints at such a finding."""
    return category.replace("-", "_").startswith(("self_harm", "suicide"))


def urgency_of(category: str) -> int:
    """Return the place in the review queue of a text that a category has fired for."""
    return URGENCIES.index(_URGENCY.get(category, "usual"))


def _submit(change_set: ChangeSet, event: Event, fact: PostSubmitted, text: Text | None) -> None:
    erased = fact.author_id in change_set.erased
    origin = fact.origin
    change_set.posts[event.entity_id] = Post(
        id=event.entity_id,
        author_id=fact.author_id,
        community=fact.community,
        parent_id=fact.parent_id,
        root_id=fact.root_id or fact.parent_id,
        state="withdrawn" if erased else "pending",
        revision=fact.revision,
        sequence=event.sequence,
        created_at=time_of(origin.created_at if origin and origin.created_at else event.occurred_at),
        origin_score=origin.score if origin else 0,
        imported=origin is not None,
        date_known=origin is None or origin.created_at is not None,
    )
    change_set.touched.add(event.entity_id)
    change_set.texts[event.entity_id] = None if erased else text


def _decide(change_set: ChangeSet, event: Event, fact: PostDecided, post: Post) -> None:
    newly_published = fact.outcome == "published" and post.state != "published"
    _move(change_set, post, fact.outcome, event.sequence)
    post.decision = event.sequence
    post.was_public = post.was_public or fact.outcome == "published"
    post.support = post.support or any(is_support(reason.category) for reason in fact.reasons)
    if fact.decided_by == "engine":
        found = fact.reasons if fact.outcome != "published" else ()
        post.urgency = min((urgency_of(reason.category) for reason in found), default=USUAL)
    if fact.decided_by == "person":
        post.reported, post.report_weight = None, 0
        for reporter in [one for one in change_set.open_reports if one[0] == post.id]:
            del change_set.open_reports[reporter]
        reason = " ".join(one.message for one in fact.reasons)
        about, at = post.author_id, time_of(event.occurred_at)
        act = Act(event.sequence, event.type, event.actor, about, post.id, post.community, fact.outcome, reason, at)
        change_set.acts.append(act)
    post.waiting = fact.outcome == "held" or (fact.outcome == "published" and post.reported is not None)
    change_set.decisions.append(
        Decision(
            sequence=event.sequence,
            post_id=post.id,
            author_id=post.author_id,
            community=post.community,
            fact=fact,
            decided_at=time_of(event.occurred_at),
            traceparent=event.traceparent,
            published=newly_published,
        )
    )
    change_set.changes.append(
        Decided(post.id, post.author_id, post.community, fact.revision, fact.outcome, event.sequence, event.traceparent)
    )
    if newly_published:
        is_comment = post.parent_id is not None
        change_set.changes.append(
            Published(
                post.id, post.community, post.author_id, is_comment, post.root_id, event.sequence, event.traceparent
            )
        )


def _edit(change_set: ChangeSet, event: Event, fact: PostEdited, post: Post, text: Text | None) -> None:
    _move(change_set, post, "pending", event.sequence)
    post.revision = fact.revision
    post.edited_at = time_of(event.occurred_at)
    post.decision, post.waiting, post.urgency = None, False, USUAL
    change_set.texts[post.id] = text
    change_set.words_replaced = True


def _is_second_judgement(post: Post, fact: PostDecided) -> bool:
    """Return whether an engine decides a revision again as it is decided already: a stored copy of its decision."""
    return fact.decided_by == "engine" and post.decision is not None and fact.outcome == post.state


def _withdraw(change_set: ChangeSet, post: Post, sequence: int) -> None:
    _move(change_set, post, "withdrawn", sequence)
    post.waiting = False


def _move(change_set: ChangeSet, post: Post, state: State, sequence: int) -> None:
    """Change a post's state, the counts of published posts and comments, and note a take-down."""
    step = (state == "published") - (post.state == "published")
    post.state = state
    if step < 0:
        change_set.changes.append(TakenDown(post.id, post.community, sequence))
    if step and post.root_id:
        change_set.comments[post.root_id] = change_set.comments.get(post.root_id, 0) + step
    elif step:
        change_set.community_posts[post.community] = change_set.community_posts.get(post.community, 0) + step
