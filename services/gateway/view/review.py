"""Reading decisions: what waits for a person, the public log, and what a stream has missed."""

from collections.abc import Sequence
from typing import Any

import orjson

from services.gateway import schemas
from services.gateway.changes import Decided, Published, TakenDown
from services.gateway.view.answers import JOINS, SELECT, Viewer, post_of, reasons_of
from services.gateway.view.reader import Reader, as_json, moment

MODERATOR = Viewer(None, moderator=True)


class Review(Reader):
    """Decisions, made and to be made."""

    def held(self, communities: Sequence[str] | None, limit: int, after: int = 0) -> list[schemas.QueueItem]:
        """What waits for a person (held, or rejected and appealed) in these communities (None: all), oldest first.

        The next page continues after `[-1].post.sequence`.
        """
        query = f"""{SELECT} FROM posts p {JOINS} WHERE p.waiting AND p.sequence > :after
            AND (:everywhere OR p.community IN (SELECT value FROM json_each(:communities)))
            ORDER BY p.sequence LIMIT :limit"""
        rows = self.rows(
            query,
            {
                "after": after,
                "limit": limit,
                "viewer": None,
                "everywhere": communities is None,
                "communities": as_json(list(communities or ())),
            },
        )
        return [_queue_item(row, post) for row in rows if (post := post_of(row, MODERATOR))]

    def modlog(self, community: str | None, before: int | None, limit: int) -> list[schemas.ModlogEntry]:
        """What was held, rejected or decided by a person, newest first.

        The next page continues before `[-1].sequence`.
        """
        where = "community = :community AND" if community else ""
        rows = self.rows(
            f"""SELECT sequence, post_id, community, outcome, detail, decided_by, decided_at FROM decisions
                WHERE {where} logged AND sequence < coalesce(:before, 9e18) ORDER BY sequence DESC LIMIT :limit""",
            {"community": community, "before": before, "limit": limit},
        )
        return [_modlog_entry(row) for row in rows]

    def decisions_since(self, user_id: str, sequence: int, limit: int) -> list[Decided]:
        """The decisions on a person's posts behind a sequence, oldest first."""
        rows = self.rows(
            """SELECT post_id, author_id, community, revision, outcome, sequence, traceparent FROM decisions
               WHERE author_id = :author AND sequence > :sequence ORDER BY sequence LIMIT :limit""",
            {"author": user_id, "sequence": sequence, "limit": limit},
        )
        return [Decided(*row) for row in rows]

    def published_since(self, sequence: int, limit: int) -> list[Published]:
        """What was published behind a sequence and still is, oldest first."""
        rows = self.rows(
            """SELECT p.id, p.community, p.author_id, p.parent_id IS NOT NULL, p.root_id, d.sequence, d.traceparent
               FROM decisions d JOIN posts p ON p.id = d.post_id AND p.state = 'published' AND p.revision = d.revision
               WHERE d.published AND d.sequence > :sequence ORDER BY d.sequence LIMIT :limit""",
            {"sequence": sequence, "limit": limit},
        )
        return [
            Published(post_id, community, author_id, bool(is_comment), *rest)
            for post_id, community, author_id, is_comment, *rest in rows
        ]

    def taken_down_since(self, sequence: int, limit: int) -> list[TakenDown]:
        """What others could see until behind a sequence, and cannot see now, oldest first."""
        rows = self.rows(
            """SELECT t.post_id, p.community, t.sequence FROM takedowns t
               JOIN posts p ON p.id = t.post_id AND p.state <> 'published'
               WHERE t.sequence > :sequence ORDER BY t.sequence LIMIT :limit""",
            {"sequence": sequence, "limit": limit},
        )
        return [TakenDown(*row) for row in rows]


def _queue_item(row: Any, post: schemas.Post) -> schemas.QueueItem:
    detail = orjson.loads(row[-1])
    return schemas.QueueItem.model_construct(
        post=post,
        reasons=reasons_of(detail),
        scores=detail["scores"],
        failure=detail.get("failure_reason"),  # decisions from before have none
    )


def _modlog_entry(row: Any) -> schemas.ModlogEntry:
    sequence, post_id, community, outcome, detail, decided_by, decided_at = row
    return schemas.ModlogEntry.model_construct(
        sequence=sequence,
        post_id=post_id,
        community=community,
        outcome=outcome,
        rules=[reason["rule"] for reason in orjson.loads(detail)["reasons"]],
        decided_by=decided_by,
        decided_at=moment(decided_at),
    )
