"""Folds facts and signals into the ranking state. In place: copying the columns would cost more than the fold."""

from services.ranking.projections.ranking_state import PostRecord, RankingState, ReaderSignal
from shared.log.events import (
    FULL_WEIGHT,
    EmbeddingStored,
    Event,
    PostDecided,
    PostEdited,
    PostSubmitted,
    PostWithdrawn,
    UserErased,
    remembered_keys,
    repeat_key,
)
from shared.log.events.envelope import Fact
from shared.log.signals import Signal

FACTS: tuple[type[Fact], ...] = (
    PostSubmitted,
    PostEdited,
    PostDecided,
    PostWithdrawn,
    EmbeddingStored,
    UserErased,
)


def apply_event(state: RankingState, event: Event) -> bool:
    """Apply one fact. Facts at or below the last applied sequence change nothing.

    Returns:
        Whether this fact listed a post in the feed, or made a comment count.
    """
    if event.sequence <= state.last_applied["EVENTS"]:
        return False
    state.last_applied["EVENTS"] = event.sequence
    match event.data:
        case PostSubmitted() as fact:
            _apply_submission(state, event, fact)
        case UserErased():
            _apply_erasure(state, event.entity_id)
        case PostEdited() | PostDecided() | PostWithdrawn() | EmbeddingStored() as fact:
            row = state.columns.find(event.entity_id)
            if row is not None and not _is_repeat(state, event):
                _apply_to_post(state, row, event.sequence, fact)
                return _update_listing(state, row, event.sequence)
    return False


def apply_signal(state: RankingState, signal: Signal) -> None:
    """Apply one signal, which replaces the reader's last one. Signals that were already applied change nothing."""
    if signal.sequence > state.last_applied["SIGNALS"]:
        state.last_applied["SIGNALS"] = signal.sequence
        put_signal(state, ReaderSignal(signal.user_id, signal.kind, signal.post_id, signal.value, signal.weight))


def put_signal(state: RankingState, signal: ReaderSignal) -> None:
    """Replace the reader's previous signal of this kind on this post."""
    row = state.columns.row(signal.post_id)
    signals = state.signals[signal.user_id]
    before = signals.pop((signal.kind, row), 0)
    if signal.value:
        signals[signal.kind, row] = signal.value
    if signal.kind == "vote":
        _count_vote(state, row, before, -state.light_votes.pop((signal.user_id, row), FULL_WEIGHT))
        _count_vote(state, row, signal.value, signal.weight)
        if signal.value and signal.weight != FULL_WEIGHT:
            state.light_votes[signal.user_id, row] = signal.weight
        state.count_changes += 1
    state.signal_counts[signal.user_id] += 1
    state.changed_signals.add((signal.user_id, signal.kind, row))


def _count_vote(state: RankingState, row: int, value: int, weight: int) -> None:
    """Add a weight to the side of a vote, and count the whole votes of both sides as the posts show them."""
    columns = state.columns
    up = columns.get("up", row) + (weight if value == 1 else 0)
    down = columns.get("down", row) + (weight if value == -1 else 0)
    columns.set(row, up=up, down=down, votes=columns.get("prior", row) + up // FULL_WEIGHT - down // FULL_WEIGHT)


def put_record(state: RankingState, record: PostRecord) -> None:
    """Store a post record; a listed comment counts for its root."""
    columns = state.columns
    row = columns.row(record.post_id)
    columns.set(
        row,
        author=state.authors.intern(record.author_id),
        community=state.communities.intern(record.community),
        created=record.created,
        root=columns.row(record.root_id) if record.root_id else -1,
        votes=columns.get("votes", row) + record.prior,
        revision=record.revision,
        published=record.published,
        embedded=record.embedded,
        gone=record.gone,
        prior=record.prior,
    )
    state.posts_by_author[record.author_id].append(row)
    _update_listing(state, row, abs(record.listed))


def _apply_submission(state: RankingState, event: Event, fact: PostSubmitted) -> None:
    row = state.columns.find(event.entity_id)
    if row is not None and state.columns.get("revision", row):
        return  # a repeated submission of the same post
    origin = fact.origin
    created = (origin and origin.created_at) or event.occurred_at
    put_record(
        state,
        PostRecord(
            post_id=event.entity_id,
            author_id=fact.author_id,
            community=fact.community,
            created=created.timestamp(),
            root_id=_root_id(state, fact),
            revision=fact.revision,
            published=0,
            embedded=0,
            gone=fact.author_id in state.erased,
            prior=origin.score if origin else 0,
            listed=0,
        ),
    )


def _root_id(state: RankingState, fact: PostSubmitted) -> str:
    if fact.root_id or not fact.parent_id:
        return fact.root_id or ""
    parent = state.columns.row(fact.parent_id)
    root = state.columns.get("root", parent)
    return state.columns.ids[root] if root >= 0 else fact.parent_id


def _apply_to_post(
    state: RankingState, row: int, sequence: int, fact: PostEdited | PostDecided | PostWithdrawn | EmbeddingStored
) -> None:
    columns = state.columns
    match fact:
        case PostEdited() if fact.revision > columns.get("revision", row):
            columns.set(row, revision=fact.revision, published=0)
        case PostDecided() if fact.revision == columns.get("revision", row):
            before = columns.get("published", row)
            columns.set(row, published=(before or sequence) if fact.outcome == "published" else 0)
        case PostWithdrawn():
            columns.set(row, gone=True)
        case EmbeddingStored() if fact.revision > columns.get("embedded", row):
            columns.set(row, embedded=fact.revision)


def _is_repeat(state: RankingState, event: Event) -> bool:
    """Return whether a decision is a stored copy that would undo a later one; remember those of moderators."""
    if not isinstance(event.data, PostDecided):
        return False
    if repeat_key(event) in state.by_moderators:
        return True
    state.by_moderators |= remembered_keys(event)
    state.new_by_moderators |= remembered_keys(event)
    return False


def _apply_erasure(state: RankingState, user_id: str) -> None:
    state.erased.add(user_id)
    for row in state.posts_by_author.get(user_id, ()):
        state.columns.set(row, gone=True)
        _update_listing(state, row, 0)


def _update_listing(state: RankingState, row: int, sequence: int) -> bool:
    """List the post, or count the comment, if its current revision is published and embedded; otherwise remove it."""
    columns = state.columns
    state.changed_rows.add(row)
    is_listed = bool(columns.get("published", row)) and not columns.get("gone", row)
    is_listed = is_listed and columns.get("embedded", row) == columns.get("revision", row)
    if is_listed == bool(columns.get("listed", row)):
        return False
    root = columns.get("root", row)
    is_comment = root >= 0
    # Negative: the comment counts for its root, and no feed lists it.
    columns.set(row, listed=0 if not is_listed else -sequence if is_comment else sequence)
    if is_comment:
        columns.set(root, replies=columns.get("replies", root) + (1 if is_listed else -1))
        state.count_changes += 1
    else:
        state.listing_changes += 1
    return is_listed
