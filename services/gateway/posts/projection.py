"""What the facts of a post do to the view."""

from services.gateway.stream.changes import Decided, Published
from services.gateway.view.change_set import Appeal, ChangeSet, Decision, Opened, Post, Text, time_of
from shared.log.events import Event, PostAppealed, PostDecided, PostEdited, PostSubmitted, PostWithdrawn


def fold_post(world: ChangeSet, event: Event, opened: Opened) -> None:
    fact = event.data
    text, reason = (opened, None) if isinstance(opened, tuple) else (None, opened)
    post = world.posts.get(event.entity_id)
    if post is None:
        if isinstance(fact, PostSubmitted):
            _submit(world, event, fact, text)
        return
    # The next writer must name the last fact, also one that changes nothing.
    post.sequence = event.sequence
    world.touched.add(post.id)
    if post.state == "withdrawn":
        return
    match fact:
        case PostDecided() if fact.revision == post.revision:
            _decide(world, event, fact, post)
        case PostEdited() if fact.revision > post.revision:
            _edit(world, event, fact, post, text)
        case PostWithdrawn():
            withdraw(world, post, event.sequence)
        case PostAppealed() if fact.revision == post.revision and post.state in ("held", "rejected"):
            post.waiting = True
            world.appeals.append(Appeal(post.id, event.sequence, time_of(event.occurred_at), reason))


def _submit(world: ChangeSet, event: Event, fact: PostSubmitted, text: Text | None) -> None:
    erased = fact.author_id in world.erased
    origin = fact.origin
    world.posts[event.entity_id] = Post(
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
    )
    world.touched.add(event.entity_id)
    world.texts[event.entity_id] = None if erased else text


def _decide(world: ChangeSet, event: Event, fact: PostDecided, post: Post) -> None:
    shown = fact.outcome == "published" and post.state != "published"
    world.move(post, fact.outcome, event.sequence)
    post.decision = event.sequence
    if fact.decided_by == "person":
        post.reported = None
    post.waiting = fact.outcome == "held" or (fact.outcome == "published" and post.reported is not None)
    trace, sequence = event.traceparent, event.sequence
    world.decisions.append(
        Decision(
            sequence, post.id, post.author_id, post.community, fact, time_of(event.occurred_at), trace, published=shown
        )
    )
    world.changes.append(Decided(post.id, post.author_id, post.community, fact.revision, fact.outcome, sequence, trace))
    if shown:
        is_comment = post.parent_id is not None
        world.changes.append(
            Published(post.id, post.community, post.author_id, is_comment, post.root_id, sequence, trace)
        )


def _edit(world: ChangeSet, event: Event, fact: PostEdited, post: Post, text: Text | None) -> None:
    world.move(post, "pending", event.sequence)
    post.revision = fact.revision
    post.edited_at = time_of(event.occurred_at)
    post.decision, post.waiting = None, False
    world.texts[post.id] = text


def withdraw(world: ChangeSet, post: Post, sequence: int) -> None:
    world.move(post, "withdrawn", sequence)
    post.waiting = False
