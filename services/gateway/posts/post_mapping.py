"""Maps rows of the view to the posts of the API, as far as a viewer may see them.

The rows are trusted, so the models are built without validation: a feed page has 25 of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from services.gateway.posts.projection import is_support
from services.gateway.posts.schemas import Author, DecisionOut, PolicyOut, Post, ReadingOut, ReasonOut, SpanOut, Votes
from services.gateway.view.change_set import State
from services.gateway.view.read_connection import moment, moment_or_none
from shared.log.events import FULL_WEIGHT, Outcome, Reason, reasons_for_author


class PostRow(NamedTuple):
    """A row of `SELECT`."""

    id: str
    community: str
    author_id: str
    handle: str | None
    title: str | None  # None: the author was erased
    body: str
    parent_id: str | None
    root_id: str | None
    state: State
    revision: int
    sequence: int
    origin_score: int
    up: int
    down: int
    comments: int
    my_vote: int
    created_at: str
    edited_at: str | None
    imported: int
    date_known: int
    appealed_at: str | None
    outcome: Outcome | None
    decided_by: str
    decided_at: str
    detail: str
    root_author_id: str | None
    root_state: State | None  # None: the post is no comment, or its root is unknown


SELECT = f"""SELECT p.id, p.community, p.author_id, u.handle, t.title, t.body, p.parent_id, p.root_id, p.state,
    p.revision, p.sequence, p.origin_score, coalesce(n.up, 0) / {FULL_WEIGHT} AS up,
    coalesce(n.down, 0) / {FULL_WEIGHT} AS down,
    coalesce(c.comments, 0) AS comments, coalesce(v.value, 0) AS my_vote, p.created_at, p.edited_at, p.imported,
    p.date_known, a.appealed_at, d.outcome, d.decided_by, d.decided_at, d.detail,
    r.author_id AS root_author_id, r.state AS root_state"""
JOINS = """LEFT JOIN texts t ON t.post_id = p.id LEFT JOIN users u ON u.id = p.author_id
    LEFT JOIN vote_counts n ON n.post_id = p.id LEFT JOIN comment_counts c ON c.post_id = p.id
    LEFT JOIN votes v ON v.post_id = p.id AND v.user_id = :viewer LEFT JOIN decisions d ON d.sequence = p.decision
    LEFT JOIN appeals a ON a.post_id = p.id AND a.sequence > p.decision LEFT JOIN posts r ON r.id = p.root_id"""
HIDDEN_FROM_MODERATORS = "withdrawn"


@dataclass(frozen=True, slots=True)
class Viewer:
    """The viewer of posts. `moderator`: may see pending, held and rejected posts, too.

    `sees_removed_threads`: may see published comments below a removed post.
    """

    id: str | None
    moderator: bool = False
    sees_removed_threads: bool = False


def post_of(row: PostRow, viewer: Viewer) -> Post | None:
    """Return the post as this viewer may see it; None if they may not."""
    is_author = viewer.id == row.author_id
    in_sight = row.root_state in (None, "published") or viewer.sees_removed_threads or viewer.id == row.root_author_id
    may_see = (
        (row.state == "published" and in_sight)
        or is_author
        or (viewer.moderator and row.state != HIDDEN_FROM_MODERATORS)
    )
    if row.title is None or not may_see:
        return None
    score = row.up - row.down + row.origin_score
    return Post.model_construct(
        id=row.id,
        community=row.community,
        author=Author.model_construct(id=row.author_id, handle=row.handle or ""),
        title=row.title,
        body=row.body,
        parent_id=row.parent_id,
        root_id=row.root_id,
        state=row.state,
        revision=row.revision,
        sequence=row.sequence,
        decision=_decision(row, is_author=is_author, moderator=viewer.moderator) if row.outcome else None,
        score=score,
        votes=Votes.model_construct(up=row.up, down=row.down, score=score),
        my_vote=row.my_vote,
        comments=row.comments,
        created_at=moment(row.created_at),
        edited_at=moment_or_none(row.edited_at),
        imported=bool(row.imported),
        date_known=bool(row.date_known),
    )


def placeholder(row: PostRow) -> Post:
    """Return an empty post for a comment that is hidden but has visible replies."""
    return Post.model_construct(
        id=row.id,
        community=row.community,
        author=Author.model_construct(id="", handle=""),
        title="",
        body="",
        parent_id=row.parent_id,
        root_id=row.root_id,
        state="withdrawn",
        revision=1,
        sequence=0,
        decision=None,
        score=0,
        votes=Votes.model_construct(up=0, down=0, score=0),
        my_vote=0,
        comments=0,
        created_at=moment(row.created_at),
        edited_at=None,
        imported=False,
        date_known=bool(row.date_known),
    )


def _decision(row: PostRow, *, is_author: bool, moderator: bool) -> DecisionOut:
    detail, in_full = orjson.loads(row.detail), is_author or moderator
    return DecisionOut.model_construct(
        outcome=row.outcome,
        reasons=reasons_shown(detail["reasons"], for_author=is_author, published=row.outcome == "published")
        if in_full
        else [],
        policy=PolicyOut.model_construct(**detail["policy"]),
        engine=detail["engine"],
        model=detail["model"],
        decided_by=row.decided_by,
        decided_at=moment(row.decided_at),
        took_ms=detail["took_ms"],
        failure_mode=detail["failure_mode"] if in_full else None,
        appeal_until=moment_or_none(detail["appeal_until"]) if in_full else None,
        reading=_reading(detail) if in_full else None,
        unjudged=detail.get("unjudged") if in_full else None,  # missing in old decisions
        unjudged_languages=detail.get("unjudged_languages", []) if in_full else [],
        unjudged_spans=_spans(detail.get("unjudged_spans", [])) if in_full else [],
        appealed_at=moment_or_none(row.appealed_at) if in_full else None,
    )


def reasons_shown(
    reasons: Iterable[Mapping[str, Any]], *, for_author: bool, published: bool = False
) -> list[ReasonOut]:
    """Return the reasons of a decision for moderators, or for its author, who reads only the message of some.

    A published text has only reasons that offer help to its author: nobody else reads those.
    """
    found = [Reason.model_validate(reason) for reason in reasons]
    if for_author:
        found = [*reasons_for_author(found)]
    elif published:
        found = [reason for reason in found if not is_support(reason.category)]
    return [ReasonOut.of(reason) for reason in found]


def _reading(detail: Any) -> ReadingOut | None:
    if (reading := detail.get("reading")) is None:  # missing in old decisions
        return None
    return ReadingOut.model_construct(**reading | {"unread": _spans(reading["unread"])})


def _spans(spans: Any) -> list[SpanOut]:
    return [SpanOut.model_construct(**span) for span in spans]
