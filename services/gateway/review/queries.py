"""Reading decisions: what waits for a person, the public log, and what a stream has missed."""

from collections.abc import Sequence
from typing import Any

import orjson

from services.gateway.posts.dto import JOINS, SELECT, Viewer, post_of, reasons_of
from services.gateway.posts.schemas import Post
from services.gateway.review import schemas
from services.gateway.stream.changes import Decided, Published, TakenDown
from services.gateway.view.connection import Reader, as_json, moment

MODERATOR = Viewer(None, moderator=True)
# A moderator reads a few of them; a campaign has hundreds that say the same.
REASONS_SHOWN = 20


class Review(Reader):
    """Decisions, made and to be made."""

    def held(self, communities: Sequence[str] | None, limit: int, after: int = 0) -> list[schemas.QueueItem]:
        """What waits for a person in these communities (None: all), oldest first.

        That is what is held, rejected and appealed, or published and reported.

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
        shown = [(row, post) for row in rows if (post := post_of(row, MODERATOR))]
        appeals, reports = self._complaints([post.id for _, post in shown])
        return [_queue_item(row, post, appeals.get(post.id), reports.get(post.id)) for row, post in shown]

    def _complaints(self, post_ids: list[str]) -> tuple[dict[str, schemas.AppealOut], dict[str, schemas.ReportsOut]]:
        """What authors and readers say about these posts that no person has answered yet."""
        ids = {"ids": as_json(post_ids)}
        appeals = self.rows(
            """SELECT a.post_id, a.appealed_at, a.reason FROM json_each(:ids) j CROSS JOIN posts p ON p.id = j.value
               CROSS JOIN appeals a ON a.post_id = p.id AND a.sequence > p.decision""",
            ids,
        )
        said: dict[str, list[tuple[str, str | None]]] = {}
        for post_id, *report in self.rows(
            """SELECT r.post_id, r.reporter_id, r.reason FROM json_each(:ids) j CROSS JOIN posts p ON p.id = j.value
               CROSS JOIN reports r ON r.post_id = p.id AND r.sequence >= p.reported ORDER BY r.sequence DESC""",
            ids,
        ):
            said.setdefault(post_id, []).append((report[0], report[1]))
        return (
            {
                post_id: schemas.AppealOut.model_construct(appealed_at=moment(at), reason=reason)
                for post_id, at, reason in appeals
            },
            {post_id: _reports(reports) for post_id, reports in said.items()},
        )

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


def _reports(reports: list[tuple[str, str | None]]) -> schemas.ReportsOut:
    reasons = [reason for _, reason in reports if reason is not None]
    count = len({reporter_id for reporter_id, _ in reports})
    return schemas.ReportsOut.model_construct(count=count, reasons=reasons[:REASONS_SHOWN])


def _queue_item(
    row: Any, post: Post, appeal: schemas.AppealOut | None, reports: schemas.ReportsOut | None
) -> schemas.QueueItem:
    detail = orjson.loads(row[-1])
    return schemas.QueueItem.model_construct(
        post=post,
        reasons=reasons_of(detail),
        scores=detail["scores"],
        failure=detail.get("failure_reason"),  # decisions from before have none
        appeal=appeal,
        reports=reports,
        claim=None,
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
