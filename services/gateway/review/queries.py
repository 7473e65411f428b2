"""Reads the review queue, with the appeals and reports about its posts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Row
from typing import NamedTuple

import orjson

from services.gateway.posts.queries import PostQueries
from services.gateway.review.reviewers import posts_without_reviewer
from services.gateway.review.schemas import AppealOut, QueueItem, ReportsOut, Urgency
from services.gateway.view.read_connection import ReadConnection, as_json, moment
from services.gateway.view.tables import IS_UNJUDGED, QUEUE_PLACE, URGENCIES, USUAL
from shared.log.events import FULL_WEIGHT

# Moderators read a few reasons; a coordinated campaign has hundreds of the same kind.
REASONS_SHOWN = 20
# Nobody sees the scores of their own posts, or of those of a higher rank.
OF_REVIEWER = """p.author_id <> :reviewer
    AND NOT EXISTS (SELECT 1 FROM roles r WHERE r.user_id = p.author_id AND r.community = ''
        AND (r.role = 'admin' AND :rank < 3 OR r.role = 'moderator' AND :rank < 2))
    AND (:everywhere OR p.community IN (SELECT value FROM json_each(:communities)))"""
WAITING = f"""SELECT p.id, d.detail, {QUEUE_PLACE} AS place FROM posts p JOIN decisions d ON d.sequence = p.decision
    WHERE p.waiting AND ({QUEUE_PLACE}, p.sequence) > (:place, :after) AND {OF_REVIEWER}
    ORDER BY {QUEUE_PLACE}, p.sequence LIMIT :limit"""
# Published and in a language that no engine judges. A moderator's decision replaces the engine's, and ends it.
UNJUDGED = f"""SELECT p.id, d.detail, {USUAL} AS place, d.sequence FROM decisions d
    JOIN posts p ON p.id = d.post_id AND p.decision = d.sequence
    WHERE {IS_UNJUDGED} AND d.sequence < :before AND p.state = 'published' AND NOT p.waiting AND {OF_REVIEWER}
    ORDER BY d.sequence DESC LIMIT :limit"""
APPEALS = """SELECT a.post_id, a.appealed_at, a.reason FROM json_each(:ids) j CROSS JOIN posts p ON p.id = j.value
    CROSS JOIN appeals a ON a.post_id = p.id AND a.sequence > p.decision"""
REPORTS = """SELECT r.post_id, r.reporter_id, r.reason, r.weight FROM json_each(:ids) j
    CROSS JOIN posts p ON p.id = j.value CROSS JOIN reports r ON r.post_id = p.id AND r.sequence >= p.reported
    ORDER BY r.sequence DESC"""


class ReportRow(NamedTuple):
    """A row of `REPORTS`."""

    post_id: str
    reporter_id: str
    reason: str | None
    weight: int


@dataclass(frozen=True)
class Reviewer:
    """A moderator. `communities`: those that they moderate; None: all. `rank`: see `shared/roles/ranks.py`."""

    id: str
    rank: int
    communities: Sequence[str] | None


class ReviewQueries:
    """Reads the review queue."""

    def __init__(self, connection: ReadConnection, posts: PostQueries) -> None:
        self._connection = connection
        self._posts = posts

    def waiting(self, reviewer: Reviewer, limit: int, after: int = 0, urgency: Urgency = "minors") -> list[QueueItem]:
        """Return the posts that wait for this moderator, the most urgent first, and each urgency oldest first.

        Those are held posts, rejected and appealed ones, and published and reported ones; last those whose reports
        weigh too little. The next page continues after `[-1].post.sequence` and `[-1].urgency`.
        """
        values = {"after": after, "place": URGENCIES.index(urgency), "limit": limit, **_values(reviewer)}
        return self._items(self._connection.rows(WAITING, values))

    def unjudged(self, reviewer: Reviewer, limit: int, before: int) -> tuple[list[QueueItem], int]:
        """Return published posts in languages that no engine judges, newest decision first, and the last's sequence."""
        values = {"before": before, "limit": limit, **_values(reviewer)}
        rows = self._connection.rows(UNJUDGED, values)
        return self._items(rows), rows[-1]["sequence"] if len(rows) == limit else 0

    def _items(self, rows: Sequence[Row]) -> list[QueueItem]:
        ids = [row["id"] for row in rows]
        posts = self._posts.posts(ids, None, moderator=True)
        appeals, reports = self._appeals(ids), self._reports(ids)
        items = []
        for row in rows:
            if post := posts.get(row["id"]):
                detail = orjson.loads(row["detail"])
                items.append(
                    QueueItem.model_construct(
                        post=post,
                        reasons=post.decision.reasons if post.decision else [],
                        scores=detail["scores"],
                        failure=detail.get("failure_reason"),  # missing in old decisions
                        appeal=appeals.get(post.id),
                        reports=reports.get(post.id),
                        urgency=URGENCIES[row["place"]],
                        later=URGENCIES[row["place"]] == "later",
                        claim=None,
                    )
                )
        return items

    def own_without_reviewer(self, author_id: str, now: datetime) -> int:
        """Return how many posts of this moderator wait that nobody else may decide on."""
        return posts_without_reviewer(self._connection, now, author_id)

    def _appeals(self, post_ids: list[str]) -> dict[str, AppealOut]:
        """Return the unanswered appeals by post."""
        return {
            row["post_id"]: AppealOut.model_construct(appealed_at=moment(row["appealed_at"]), reason=row["reason"])
            for row in self._connection.rows(APPEALS, {"ids": as_json(post_ids)})
        }

    def _reports(self, post_ids: list[str]) -> dict[str, ReportsOut]:
        """Return the unanswered reports by post."""
        by_post: dict[str, list[ReportRow]] = {}
        for row in self._connection.records(ReportRow, REPORTS, {"ids": as_json(post_ids)}):
            by_post.setdefault(row.post_id, []).append(row)
        return {post_id: _summary(reports) for post_id, reports in by_post.items()}


def _values(reviewer: Reviewer) -> dict[str, object]:
    return {
        "everywhere": reviewer.communities is None,
        "communities": as_json(list(reviewer.communities or ())),
        "reviewer": reviewer.id,
        "rank": reviewer.rank,
    }


def _summary(reports: list[ReportRow]) -> ReportsOut:
    reasons = [report.reason for report in reports if report.reason is not None]
    weights: dict[str, int] = {}
    for report in reports:
        weights[report.reporter_id] = max(report.weight, weights.get(report.reporter_id, 0))
    return ReportsOut.model_construct(
        count=len(weights),
        from_new_accounts=sum(weight < FULL_WEIGHT for weight in weights.values()),
        reasons=reasons[:REASONS_SHOWN],
    )
