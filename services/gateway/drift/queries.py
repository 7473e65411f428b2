"""What the drift view is asked: each answer is a few quick queries over one month at the most."""

from datetime import UTC, datetime, timedelta
from typing import get_args

from pydantic import TypeAdapter

from services.gateway.drift.distance import Pairs, distance, groups, share
from services.gateway.drift.experiment_report import LEVEL, Deeds, compare, report, sides, verdict
from services.gateway.drift.schemas import Drift, DriftBy, DriftWindow, Warned, Worth
from services.gateway.drift.store import MODE, Store
from services.gateway.previews.schemas import PreviewMode
from shared.log.preview_records import ExperimentGroup

WINDOWS: dict[DriftWindow, timedelta] = {
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}
# A digest that no decision of the month names is one of an old page, or made up: all of them are one group.
KNOWN_POLICY = "CASE WHEN p.policy IN (SELECT policy FROM decisions) THEN p.policy ELSE 'unknown' END"
LABELS: dict[DriftBy, tuple[str, str]] = {
    "tier": ("p.tier", "''"),
    "policy": (KNOWN_POLICY, "d.policy"),
    "model": ("p.model", "d.model"),
}
# A submission, the preview that it names if that is of this person and this very text, the decision on it.
JOINED = """
FROM submits s
LEFT JOIN previews p ON p.person_id = s.person_id AND p.preview_id = s.preview_id AND p.hash = s.hash
LEFT JOIN decisions d ON d.post_id = s.post_id AND d.revision = s.revision AND d.sequence = s.sequence
WHERE s.at >= :since
"""
CHANGED = """
AND p.verdict = 'published' AND EXISTS (
    SELECT 1 FROM previews w WHERE w.person_id = s.person_id AND w.draft_id = p.draft_id AND w.tier = p.tier
    AND w.verdict <> 'published' AND w.at <= p.at)
"""
UNSENT = """
SELECT COUNT(DISTINCT w.person_id || w.draft_id) FROM previews w WHERE w.at >= :since AND w.verdict <> 'published'
AND NOT EXISTS (SELECT 1 FROM submits s WHERE s.post_id = w.draft_id AND s.person_id = w.person_id)
"""
DEEDS = """
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
told AS (
    SELECT s.arm, s.person_id, COUNT(*) told, SUM(w.changes) changes
    FROM s JOIN drafts w ON w.person_id = s.person_id AND w.draft_id = s.post_id WHERE s.revision = 1 GROUP BY 1, 2),
everybody AS (SELECT arm, person_id FROM s UNION SELECT arm, person_id FROM c)
SELECT arm, IFNULL(submits, 0), IFNULL(decided, 0), IFNULL(refused, 0), IFNULL(decided, 0) + IFNULL(checks, 0),
    IFNULL(tokens, 0), IFNULL(posts, 0), IFNULL(published, 0), IFNULL(seconds, 0.0), IFNULL(told, 0),
    IFNULL(changes, 0)
FROM everybody LEFT JOIN judged USING (arm, person_id) LEFT JOIN posts USING (arm, person_id)
LEFT JOIN told USING (arm, person_id) LEFT JOIN c USING (arm, person_id)
"""


def drift(store: Store, window: DriftWindow, by: DriftBy, now: datetime) -> Drift:
    """The distance between previews and decisions."""
    since = now - WINDOWS[window]
    values = {"since": since.timestamp()}
    [(submits, named, seen, undecided)] = store.rows(
        f"SELECT COUNT(*), COUNT(s.preview_id), COUNT(p.preview_id), COUNT(*) - COUNT(d.post_id) {JOINED}", values
    )
    [(served, unseen)] = store.rows(
        f"SELECT COUNT(*), COUNT(*) - COUNT(p.preview_id) {JOINED} AND s.arm IN ('hybrid', 'trial_with')", values
    )
    [(sent,)] = store.rows(f"SELECT COUNT(*) {JOINED} AND p.verdict <> 'published'", values)
    [(changed,)] = store.rows(f"SELECT COUNT(*) {JOINED} {CHANGED}", values)
    [(unsent,)] = store.rows(UNSENT, values)
    pairs = _pairs(store, by, values)
    return Drift(
        window=window,
        by=by,
        since=since.astimezone(UTC),
        until=now.astimezone(UTC),
        submits=submits,
        without_preview=share(unseen, served),
        of_another_text=named - seen,
        undecided=undecided,
        total=distance(pairs),
        groups=groups(pairs),
        warned=Warned(changed=share(changed, changed + sent), unsent=unsent),
    )


def worth(store: Store, window: DriftWindow, now: datetime) -> Worth:
    """The sides compared."""
    since = now - WINDOWS[window]
    found = sides(Deeds(*row) for row in store.rows(DEEDS, {"since": since.timestamp()}))
    comparisons = compare(found)
    word, says = verdict(found, comparisons)
    return Worth(
        window=window,
        since=since.astimezone(UTC),
        until=now.astimezone(UTC),
        mode=TypeAdapter(PreviewMode).validate_python(store.marked(MODE) or "hybrid"),
        level=LEVEL,
        arms=[report(arm, found[arm]) for arm in get_args(ExperimentGroup) if arm in found],
        comparisons=comparisons,
        verdict=word,
        says=says,
    )


def _pairs(store: Store, by: DriftBy, values: dict[str, float]) -> list[Pairs]:
    preview, decision = LABELS[by]
    rows = store.rows(
        f"SELECT {preview}, {decision}, p.verdict, d.outcome, d.failed, COUNT(*) {JOINED} "
        "AND p.preview_id IS NOT NULL AND d.post_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5",
        values,
    )
    return [Pairs(str(said), str(done), verdict_, outcome, bool(failed), count)
            for said, done, verdict_, outcome, failed, count in rows]  # fmt: skip
