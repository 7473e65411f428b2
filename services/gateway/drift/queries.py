"""Answers the questions of moderators from the drift view: a few quick queries over at most one month each."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import get_args

from pydantic import TypeAdapter

from services.gateway.drift.disclosure import (
    FEWEST_PEOPLE,
    NONE_KNOWN,
    KnownOrigins,
    People,
    disclosed,
    share_of_people,
)
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
# Policies that decided in this month or were active lately, and their models. Other digests come from old pages or are
# invented: a preview that names one is counted apart.
KNOWN = """{0}.policy IN (SELECT policy FROM decisions UNION SELECT value FROM json_each(:policies))
AND {0}.model IN (SELECT '' UNION SELECT model FROM decisions UNION SELECT value FROM json_each(:models))"""
LABELS: dict[DriftBy, tuple[str, str]] = {
    "tier": ("p.tier", "''"),
    "policy": ("p.policy", "d.policy"),
    "model": ("p.model", "d.model"),
}
# Each submission, with the preview that it names if that is the user's own and of this very text (`n`, and `p` if its
# origin is known), and the decision.
JOINED = f"""
FROM submits s
LEFT JOIN previews n ON n.person_id = s.person_id AND n.preview_id = s.preview_id AND n.hash = s.hash
LEFT JOIN previews p ON p.person_id = n.person_id AND p.preview_id = n.preview_id AND {KNOWN.format("p")}
LEFT JOIN decisions d ON d.post_id = s.post_id AND d.revision = s.revision AND d.sequence = s.sequence
WHERE s.at >= :since
"""
SUBMITS = f"""
SELECT COUNT(*) AS submits, COUNT(s.preview_id) - COUNT(n.preview_id) AS other_text,
    COUNT(n.preview_id) - COUNT(p.preview_id) AS unknown, COUNT(*) - COUNT(d.post_id) AS undecided,
    IFNULL(SUM(d.unjudged), 0) AS unjudged,
    COUNT(DISTINCT s.person_id) AS people {JOINED}
"""
WITH_PREVIEWS_ON = f"""
SELECT COUNT(*) AS submits, COUNT(*) - COUNT(p.preview_id) AS unseen, COUNT(DISTINCT s.person_id) AS people {JOINED}
AND s.arm IN ('hybrid', 'trial_with') AND (n.preview_id IS NULL OR p.preview_id IS NOT NULL)
"""
CHANGED_AFTER_WARNING = f"""p.verdict = 'published' AND EXISTS (
    SELECT 1 FROM previews w WHERE w.person_id = s.person_id AND w.draft_id = p.draft_id AND w.tier = p.tier
    AND w.verdict <> 'published' AND w.at <= p.at AND {KNOWN.format("w")})
"""
AFTER_WARNING = f"""
SELECT COUNT(*) AS submits, IFNULL(SUM(p.verdict = 'published'), 0) AS changed, COUNT(DISTINCT s.person_id) AS people
{JOINED} AND p.preview_id IS NOT NULL AND (p.verdict <> 'published' OR {CHANGED_AFTER_WARNING})
"""
UNSENT = f"""
SELECT COUNT(DISTINCT w.person_id || w.draft_id) AS drafts, COUNT(DISTINCT w.person_id) AS people FROM previews w
WHERE w.at >= :since AND w.verdict <> 'published' AND {KNOWN.format("w")}
AND NOT EXISTS (SELECT 1 FROM submits s WHERE s.post_id = w.draft_id AND s.person_id = w.person_id)
"""
COMPARED = f"{JOINED} AND p.preview_id IS NOT NULL AND d.post_id IS NOT NULL AND NOT d.unjudged"
PAIRS = f"""
SELECT {{preview}} AS preview, {{decision}} AS decision, p.verdict, d.outcome, d.failed, COUNT(*) AS count {COMPARED}
GROUP BY 1, 2, 3, 4, 5
"""
PEOPLE = f"""
SELECT {{preview}} AS preview, {{decision}} AS decision, COUNT(DISTINCT s.person_id) AS total,
    COUNT(DISTINCT CASE WHEN p.verdict = 'published' THEN s.person_id END) AS reassured,
    COUNT(DISTINCT CASE WHEN p.verdict <> 'published' THEN s.person_id END) AS warned {COMPARED}
GROUP BY 1, 2
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


def drift(
    store: DriftStore,
    window: DriftWindow,
    by: DriftBy,
    now: datetime,
    *,
    known: KnownOrigins = NONE_KNOWN,
    fewest: int = FEWEST_PEOPLE,
) -> Drift:
    """Compare previews with decisions in the window that ends `now`. `fewest`: people behind a shown number."""
    since = now - WINDOWS[window]
    values = {"since": since.timestamp(), **known.as_values()}
    submits, with_previews, warned, unsent = (
        store.row(query, values) for query in (SUBMITS, WITH_PREVIEWS_ON, AFTER_WARNING, UNSENT)
    )
    pairs = _pairs(store, LABELS[by], values)
    everybody = _people(store, ("''", "''"), values).get(("", ""), People(0, 0, 0))
    few = 0 < submits["people"] < fewest
    return Drift(
        window=window,
        by=by,
        since=since.astimezone(UTC),
        until=now.astimezone(UTC),
        submits=submits["submits"],
        without_preview=share_of_people(
            share(with_previews["unseen"], with_previews["submits"]), with_previews["people"], fewest
        ),
        of_another_text=None if few else submits["other_text"],
        of_unknown_origin=None if few else submits["unknown"],
        fewest_people=fewest,
        undecided=submits["undecided"],
        unjudged=submits["unjudged"],
        total=disclosed(distance(pairs), everybody, fewest),
        groups=groups(pairs, _people(store, LABELS[by], values), fewest),
        warned=Warned(
            changed=share_of_people(share(warned["changed"], warned["submits"]), warned["people"], fewest),
            unsent=None if 0 < unsent["people"] < fewest else unsent["drafts"],
        ),
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


def _pairs(store: DriftStore, labels: tuple[str, str], values: Mapping[str, object]) -> list[OutcomeCount]:
    rows = store.rows(PAIRS.format(preview=labels[0], decision=labels[1]), values)
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


def _people(store: DriftStore, labels: tuple[str, str], values: Mapping[str, object]) -> dict[tuple[str, str], People]:
    rows = store.rows(PEOPLE.format(preview=labels[0], decision=labels[1]), values)
    return {
        (str(row["preview"]), str(row["decision"])): People(row["total"], row["reassured"], row["warned"])
        for row in rows
    }
