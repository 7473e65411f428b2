"""Writes a row for each preview record and decision. A repeated claim counts once, under the user who sent it."""

from services.gateway.drift.store import DriftStore
from shared.log.events import Event, PostDecided
from shared.log.preview_records import Draft, DryRun, Preview, PreviewRecord, Submission

# Ids of imported posts are derived at time 0. Their authors saw no previews.
IMPORTED = "00000000-0000-7"


def write_record(store: DriftStore, record: PreviewRecord) -> None:
    """Write the row of one record of `PREVIEWS`."""
    stamp = {"person_id": record.stamped.person_id, "at": record.stamped.at.timestamp()}
    match record.claimed or record.observed:
        case Preview(promises=False):
            pass  # neither right nor wrong, whatever is decided
        case Preview() as preview:
            store.insert(
                "previews",
                **stamp,
                preview_id=preview.preview_id,
                draft_id=preview.draft_id,
                tier=preview.tier,
                policy=preview.policy_digest,
                model=preview.model,
                verdict=preview.verdict,
                hash=preview.content_hash,
            )
        case Draft() as draft:
            store.insert("drafts", **stamp, draft_id=draft.draft_id, changes=draft.changes, writing_ms=draft.writing_ms)
        case Submission() as submission:
            store.insert(
                "submits",
                **stamp,
                post_id=submission.post_id,
                revision=submission.revision,
                preview_id=submission.preview_id,
                hash=submission.content_hash,
                sequence=submission.sequence,
                arm=record.stamped.arm,
            )
        case DryRun() as dry_run:
            store.insert("checks", **stamp, preview_id=dry_run.preview_id, arm=record.stamped.arm)


def write_decision(store: DriftStore, event: Event) -> None:
    """Write the rows of one decision: an engine's outcome for a revision, and the time of the first publication."""
    decided = event.data
    if not isinstance(decided, PostDecided) or event.entity_id.startswith(IMPORTED):
        return
    at = event.occurred_at.timestamp()
    if decided.decided_by == "engine":
        store.insert(
            "decisions",
            post_id=event.entity_id,
            revision=decided.revision,
            sequence=decided.judged_sequence,
            outcome=decided.outcome,
            policy=decided.policy.digest,
            model=decided.model,
            failed=int(decided.failure_mode is not None),
            unjudged=int(decided.unjudged is not None),
            tokens=tokens_of(decided),
            at=at,
        )
    if decided.outcome == "published":
        store.insert("publications", post_id=event.entity_id, at=at)


def tokens_of(decided: PostDecided) -> int:
    """Return the input and output tokens that a provider counted for this decision; 0 without a provider."""
    usage = decided.usage
    return usage.input_tokens + usage.output_tokens if usage else 0
