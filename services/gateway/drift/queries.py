"""Answers the questions of moderators from the drift view: a few quick queries over at most one month each."""

from datetime import UTC, datetime, timedelta
from typing import get_args

from pydantic import TypeAdapter

from services.gateway.drift.experiment_report import LEVEL, Activity, compare, report, totals_by_group, verdict
from services.gateway.drift.preview_accuracy import OutcomeCount, distance, groups, share
from services.gateway.drift.schemas import Drift, DriftBy, DriftWindow, Warned, Worth
from services.gateway.drift.store import MODE, DriftStore
from services.gateway.previews.schemas import PreviewMode
from shared.log.preview_records import ExperimentGroup

WINDOWS: dict[DriftWindow, timedelta] = {
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}
# A digest that no decision of the month names comes from an old page or is invented; all of them form one group.
KNOWN_POLICY = "CASE WHEN p.policy IN (SELECT policy FROM decisions) THEN p.policy ELSE 'unknown' END"
LABELS: dict[DriftBy, tuple[str, str]] = {
    "tier": ("p.tier", "''"),
    "policy": (KNOWN_POLICY, "d.policy"),
    "model": ("p.model", "d.model"),
}
# Each submission, with the preview that it names if that is the user's own and of this very text, and the decision.
JOINED = """
FROM submits s
LEFT JOIN previews p ON p.person_id = s.person_id AND p.preview_id = s.preview_id AND p.hash = s.hash
LEFT JOIN decisions d ON d.post_id = s.post_id AND d.revision = s.revision AND d.sequence = s.sequence
WHERE s.at >= :since
"""
SUBMITS = f"""
SELECT COUNT(*) AS submits, COUNT(s.preview_id) AS named, COUNT(p.preview_id) AS seen,
    COUNT(*) - COUNT(d.post_id) AS undecided {JOINED}
"""
WITH_PREVIEWS_ON = f"""
SELECT COUNT(*) AS submits, COUNT(*) - COUNT(p.preview_id) AS unseen {JOINED} AND s.arm IN ('hybrid', 'trial_with')
"""
SENT_WITH_WARNING = f"SELECT COUNT(*) AS submits {JOINED} AND p.verdict <> 'published'"
CHANGED_AFTER_WARNING = f"""
SELECT COUNT(*) AS submits {JOINED} AND p.verdict = 'published' AND EXISTS (
    SELECT 1 FROM previews w WHERE w.person_id = s.person_id AND w.draft_id = p.draft_id AND w.tier = p.tier
    AND w.verdict <> 'published' AND w.at <= p.at)
"""
UNSENT = """
SELECT COUNT(DISTINCT w.person_id || w.draft_id) AS drafts FROM previews w
WHERE w.at >= :since AND w.verdict <> 'published'
AND NOT EXISTS (SELECT 1 FROM submits s WHERE s.post_id = w.draft_id AND s.person_id = w.person_id)
"""
PAIRS = f"""
SELECT {{preview}} AS preview, {{decision}} AS decision, p.verdict, d.outcome, d.failed, COUNT(*) AS count {JOINED}
AND p.preview_id IS NOT NULL AND d.post_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5
"""
ACTIVITY = """
WITH s AS (SELECT * FROM submits WHERE at >= :since),
c AS (SELECT arm, person_id, COUNT(*) checks FROM checks WHERE at >= :since GROUP BY 1, 2),
judged AS (
    SELECT s.arm, s.person_id, COUNT(*) submits, COUNT(d.post_id) decided, SUM(d.outcome <> 'published') refused,
        SUM(d.tokens) tokens
    FROM s LEFT JOIN decisions d ON d.post_id = s.post_id AND d.revision = s.revision AND d.sequence = s.sequence
    GROUP BY 1, 2),
posts AS (
    SELECT s.arm, s.person_id, COUNT(*) posts, COUNT(p.post_id) published, SUM(MAX(p.at - s.at, 0)) seconds
    FROM s LEFT JOIN publications p ON p.post_id = s.post_id WHERE s.revision = 1 GROUP BY 1, 2),
described AS (
    SELECT s.arm, s.person_id, COUNT(*) described, SUM(w.changes) changes
    FROM s JOIN drafts w ON w.person_id = s.person_id AND w.draft_id = s.post_id WHERE s.revision = 1 GROUP BY 1, 2),
everybody AS (SELECT arm, person_id FROM s UNION SELECT arm, person_id FROM c)
SELECT arm AS "group", IFNULL(submits, 0) AS submits, IFNULL(decided, 0) AS decided, IFNULL(refused, 0) AS refused,
    IFNULL(decided, 0) + IFNULL(checks, 0) AS questions, IFNULL(tokens, 0) AS tokens, IFNULL(posts, 0) AS posts,
    IFNULL(published, 0) AS published, IFNULL(seconds, 0.0) AS seconds, IFNULL(described, 0) AS described,
    IFNULL(changes, 0) AS changes
FROM everybody LEFT JOIN judged USING (arm, person_id) LEFT JOIN posts USING (arm, person_id)
LEFT JOIN described USING (arm, person_id) LEFT JOIN c USING (arm, person_id)
"""


def drift(store: DriftStore, window: DriftWindow, by: DriftBy, now: datetime) -> Drift:
    """Compare previews with decisions in the window that ends `now`."""
    since = now - WINDOWS[window]
    values = {"since": since.timestamp()}
    all_submits, with_previews = store.row(SUBMITS, values), store.row(WITH_PREVIEWS_ON, values)
    sent = store.row(SENT_WITH_WARNING, values)["submits"]
    changed = store.row(CHANGED_AFTER_WARNING, values)["submits"]
    pairs = _pairs(store, by, values)
    return Drift(
        window=window,
        by=by,
        since=since.astimezone(UTC),
        until=now.astimezone(UTC),
        submits=all_submits["submits"],
        without_preview=share(with_previews["unseen"], with_previews["submits"]),
        of_another_text=all_submits["named"] - all_submits["seen"],
        undecided=all_submits["undecided"],
        total=distance(pairs),
        groups=groups(pairs),
        warned=Warned(changed=share(changed, changed + sent), unsent=store.row(UNSENT, values)["drafts"]),
    )


def worth(store: DriftStore, window: DriftWindow, now: datetime) -> Worth:
    """Compare users with and without previews in the window that ends `now`."""
    since = now - WINDOWS[window]
    found = totals_by_group(Activity(**row) for row in store.rows(ACTIVITY, {"since": since.timestamp()}))
    comparisons = compare(found)
    word, says = verdict(found, comparisons)
    return Worth(
        window=window,
        since=since.astimezone(UTC),
        until=now.astimezone(UTC),
        mode=TypeAdapter(PreviewMode).validate_python(store.mark(MODE) or "hybrid"),
        level=LEVEL,
        arms=[report(group, found[group]) for group in get_args(ExperimentGroup) if group in found],
        comparisons=comparisons,
        verdict=word,
        says=says,
    )


def _pairs(store: DriftStore, by: DriftBy, values: dict[str, float]) -> list[OutcomeCount]:
    preview, decision = LABELS[by]
    rows = store.rows(PAIRS.format(preview=preview, decision=decision), values)
    return [
        OutcomeCount(
            preview=str(row["preview"]),
            decision=str(row["decision"]),
            verdict=row["verdict"],
            outcome=row["outcome"],
            failed=bool(row["failed"]),
            count=row["count"],
        )
        for row in rows
    ]
