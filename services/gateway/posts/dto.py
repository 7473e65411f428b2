"""From rows to what goes over the wire, and who may see it.

The rows are ours and right, so the models are built without validating them again: a feed page has 25 of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from services.gateway.posts.schemas import Author, DecisionOut, PolicyOut, Post, ReasonOut, SpanOut, Votes
from services.gateway.view.connection import moment, moment_or_none

SELECT = """SELECT p.id, p.community, p.author_id, u.handle, t.title, t.body, p.parent_id, p.root_id, p.state,
    p.revision, p.sequence, p.origin_score, coalesce(n.up, 0), coalesce(n.down, 0), coalesce(c.comments, 0),
    coalesce(v.value, 0), p.created_at, p.edited_at, p.imported, a.appealed_at,
    d.outcome, d.decided_by, d.decided_at, d.detail"""
JOINS = """LEFT JOIN texts t ON t.post_id = p.id LEFT JOIN users u ON u.id = p.author_id
    LEFT JOIN vote_counts n ON n.post_id = p.id LEFT JOIN comment_counts c ON c.post_id = p.id
    LEFT JOIN votes v ON v.post_id = p.id AND v.user_id = :viewer LEFT JOIN decisions d ON d.sequence = p.decision
    LEFT JOIN appeals a ON a.post_id = p.id AND a.sequence > p.decision"""
HIDDEN_FROM_MODERATORS = "withdrawn"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks. `moderator`: may see what waits and what was refused where these posts are."""

    id: str | None
    moderator: bool = False


def post_of(row: Any, viewer: Viewer) -> Post | None:
    """The post in a row of `SELECT`, as this viewer may see it; None where they may not."""
    (
        post_id, community, author_id, handle, title, body, parent_id, root_id, state, revision, sequence,
        origin_score, up, down, comments, my_vote, created_at, edited_at, imported, appealed_at, outcome,
        *decision,
    ) = row  # fmt: skip
    is_author = viewer.id == author_id
    may_see = state == "published" or is_author or (viewer.moderator and state != HIDDEN_FROM_MODERATORS)
    if title is None or not may_see:  # no text: its author was erased
        return None
    score = up - down + origin_score
    return Post.model_construct(
        id=post_id,
        community=community,
        author=Author.model_construct(id=author_id, handle=handle or ""),
        title=title,
        body=body,
        parent_id=parent_id,
        root_id=root_id,
        state=state,
        revision=revision,
        sequence=sequence,
        decision=_decision(outcome, [appealed_at, *decision], is_author or viewer.moderator) if outcome else None,
        score=score,
        votes=Votes.model_construct(up=up, down=down, score=score),
        my_vote=my_vote,
        comments=comments,
        created_at=moment(created_at),
        edited_at=moment_or_none(edited_at),
        imported=bool(imported),
    )


def placeholder(post_id: str, row: Any) -> Post:
    """What stands in the tree for a comment that is not to be seen, but was answered."""
    votes = Votes.model_construct(up=0, down=0, score=0)
    _, community, _, _, _, _, parent_id, root_id, _, _, sequence, *_ = row
    return Post.model_construct(
        id=post_id,
        community=community,
        author=Author.model_construct(id="", handle=""),
        title="",
        body="",
        parent_id=parent_id,
        root_id=root_id,
        state="withdrawn",
        revision=1,
        sequence=sequence,
        decision=None,
        score=0,
        votes=votes,
        my_vote=0,
        comments=0,
        created_at=moment(row[16]),
        edited_at=None,
        imported=False,
    )


def reasons_of(detail: Any) -> list[ReasonOut]:
    """The reasons in a decision's stored detail."""
    return [
        ReasonOut.model_construct(
            rule=reason["rule"],
            category=reason["category"],
            message=reason["message"],
            spans=[SpanOut.model_construct(**span) for span in reason["spans"]],
        )
        for reason in detail["reasons"]
    ]


def _decision(outcome: Any, row: Sequence[Any], in_full: bool) -> DecisionOut:
    appealed_at, decided_by, decided_at, stored = row
    detail = orjson.loads(stored)
    return DecisionOut.model_construct(
        outcome=outcome,
        reasons=reasons_of(detail) if in_full else [],
        policy=PolicyOut.model_construct(**detail["policy"]),
        engine=detail["engine"],
        model=detail["model"],
        decided_by=decided_by,
        decided_at=moment(decided_at),
        took_ms=detail["took_ms"],
        failure_mode=detail["failure_mode"] if in_full else None,
        appeal_until=moment_or_none(detail["appeal_until"]) if in_full else None,
        appealed_at=moment_or_none(appealed_at) if in_full else None,
    )
