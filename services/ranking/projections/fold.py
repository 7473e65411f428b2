"""The fold: facts and signals into the board. In place, because copying the columns would cost more than the fact."""

from services.ranking.projections.board import Board, Mark, PostRecord
from shared.log.events import EmbeddingStored, Event, PostDecided, PostEdited, PostSubmitted, PostWithdrawn, UserErased
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


def apply_event(board: Board, event: Event) -> bool:
    """Take one fact. Facts at or below the reached sequence change nothing.

    Returns:
        Whether this fact gave a post its place in the feed, or a comment its weight.
    """
    if event.sequence <= board.reached["EVENTS"]:
        return False
    board.reached["EVENTS"] = event.sequence
    match event.data:
        case PostSubmitted() as fact:
            _submitted(board, event, fact)
        case UserErased():
            _erased(board, event.entity_id)
        case PostEdited() | PostDecided() | PostWithdrawn() | EmbeddingStored() as fact:
            row = board.columns.find(event.entity_id)
            if row is not None:
                _followed(board, row, event.sequence, fact)
                return _settle(board, row, event.sequence)
    return False


def apply_signal(board: Board, signal: Signal) -> None:
    """Take one signal: the last word of a person on a post. At or below the reached sequence it changes nothing."""
    if signal.sequence > board.reached["SIGNALS"]:
        board.reached["SIGNALS"] = signal.sequence
        put_mark(board, Mark(signal.user_id, signal.kind, signal.post_id, signal.value))


def put_mark(board: Board, mark: Mark) -> None:
    """Let a mark stand in place of the one before it."""
    row = board.columns.row(mark.post_id)
    marks = board.marks[mark.user_id]
    before = marks.pop((mark.kind, row), 0)
    if mark.value:
        marks[mark.kind, row] = mark.value
    if mark.kind == "vote":
        board.columns.set(row, votes=board.columns.get("votes", row) + mark.value - before)
        board.counts += 1
    board.words[mark.user_id] += 1
    board.changed_marks.add((mark.user_id, mark.kind, row))


def put_record(board: Board, record: PostRecord) -> None:
    """Take a post as it was recorded, with its weight for its root."""
    columns = board.columns
    row = columns.row(record.post_id)
    columns.set(
        row,
        author=board.authors.number(record.author_id),
        community=board.communities.number(record.community),
        created=record.created,
        root=columns.row(record.root_id) if record.root_id else -1,
        votes=columns.get("votes", row) + record.prior,
        revision=record.revision,
        published=record.published,
        embedded=record.embedded,
        gone=record.gone,
        prior=record.prior,
    )
    board.posts_of[record.author_id].append(row)
    _settle(board, row, abs(record.listed))


def _submitted(board: Board, event: Event, fact: PostSubmitted) -> None:
    row = board.columns.find(event.entity_id)
    if row is not None and board.columns.get("revision", row):
        return  # one id is one post
    origin = fact.origin
    created = (origin and origin.created_at) or event.occurred_at
    put_record(
        board,
        PostRecord(
            post_id=event.entity_id,
            author_id=fact.author_id,
            community=fact.community,
            created=created.timestamp(),
            root_id=_root_id(board, fact),
            revision=fact.revision,
            published=0,
            embedded=0,
            gone=fact.author_id in board.erased,
            prior=origin.score if origin else 0,
            listed=0,
        ),
    )


def _root_id(board: Board, fact: PostSubmitted) -> str:
    if fact.root_id or not fact.parent_id:
        return fact.root_id or ""
    parent = board.columns.row(fact.parent_id)
    root = board.columns.get("root", parent)
    return board.columns.ids[root] if root >= 0 else fact.parent_id


def _followed(
    board: Board, row: int, sequence: int, fact: PostEdited | PostDecided | PostWithdrawn | EmbeddingStored
) -> None:
    columns = board.columns
    match fact:
        case PostEdited():
            columns.set(row, revision=fact.revision, published=0)
        case PostDecided() if fact.revision == columns.get("revision", row):
            columns.set(row, published=sequence if fact.outcome == "published" else 0)
        case PostWithdrawn():
            columns.set(row, gone=True)
        case EmbeddingStored():
            columns.set(row, embedded=fact.revision)


def _erased(board: Board, user_id: str) -> None:
    board.erased.add(user_id)
    for row in board.posts_of.get(user_id, ()):
        board.columns.set(row, gone=True)
        _settle(board, row, 0)


def _settle(board: Board, row: int, sequence: int) -> bool:
    """List the post, or count the comment, if its present revision is published and embedded; else take it away."""
    columns = board.columns
    board.changed_rows.add(row)
    stands = bool(columns.get("published", row)) and not columns.get("gone", row)
    stands = stands and columns.get("embedded", row) == columns.get("revision", row)
    if stands == bool(columns.get("listed", row)):
        return False
    root = columns.get("root", row)
    is_comment = root >= 0
    # Below zero: it counts for its root, and no feed lists it.
    columns.set(row, listed=0 if not stands else -sequence if is_comment else sequence)
    if is_comment:
        columns.set(root, replies=columns.get("replies", root) + (1 if stands else -1))
        board.counts += 1
    else:
        board.moves += 1
    return stands
