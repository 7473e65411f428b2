"""From records and facts to rows: pure. What a client claims counts once, under the person who sent it."""

from services.gateway.drift.store import Store
from shared.log.events import Event, PostDecided
from shared.log.preview_records import Draft, DryRun, Preview, PreviewRecord, Submission

# Ids of imported posts are derived, at time 0: nobody saw a preview of them.
IMPORTED = "00000000-0000-7"


def take_record(store: Store, record: PreviewRecord) -> None:
    """Fold one record of `PREVIEWS`."""
    person, at, arm = record.stamped.person_id, record.stamped.at.timestamp(), record.stamped.arm
    match record.claimed or record.observed:
        case Preview() as seen:
            store.insert(
                "previews",
                [(person, seen.preview_id, seen.draft_id, seen.tier, seen.policy_digest, seen.model, seen.verdict,
                  seen.content_hash, at)],
            )  # fmt: skip
        case Draft() as draft:
            store.insert("drafts", [(person, draft.draft_id, draft.changes, draft.writing_ms, at)])
        case Submission() as sent:
            store.insert(
                "submits",
                [(sent.post_id, sent.revision, person, sent.preview_id, sent.content_hash, sent.sequence, arm, at)],
            )
        case DryRun() as check:
            store.insert("checks", [(check.preview_id, person, arm, at)])


def take_decision(store: Store, event: Event) -> None:
    """Fold one decision: what an engine said about a revision, and when the post was first published by anybody."""
    decided = event.data
    if not isinstance(decided, PostDecided) or event.entity_id.startswith(IMPORTED):
        return
    at = event.occurred_at.timestamp()
    if decided.decided_by == "engine":
        failed = int(decided.failure_mode is not None)
        store.insert(
            "decisions",
            [(event.entity_id, decided.revision, decided.judged_sequence, decided.outcome, decided.policy.digest,
              decided.model, failed, tokens_of(decided), at)],
        )  # fmt: skip
    if decided.outcome == "published":
        store.insert("publications", [(event.entity_id, at)])


def tokens_of(decided: PostDecided) -> int:
    """Tokens that a provider counted for this decision, in and out; 0 where none was asked."""
    usage = decided.usage
    return usage.input_tokens + usage.output_tokens if usage else 0
