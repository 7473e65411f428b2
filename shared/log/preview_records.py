"""Records of the stream `PREVIEWS`: the previews that clients showed, without text. They are not binding.

Data from the gateway (`stamped`, `observed`) is separate from data sent by a client (`claimed`), which may be wrong or
forged: it is telemetry, never evidence.
"""

import hashlib
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from shared.content import Content
from shared.log.events import DecodeError, Moment, Outcome
from shared.log.events.field_types import Count, EntityId, Real, Revision, Sequence, at_most, within

# 0: public rules, 1: model on the device, 2: the user's own provider, 3: dry run on the server
Tier = Literal[0, 1, 2, 3]
# The preview experiment: `trial_with` and `trial_without` are assigned at random, the other two apply to all users.
ExperimentGroup = Literal["server_only", "hybrid", "trial_with", "trial_without"]
Name = Annotated[str, StringConstraints(max_length=200)]
Band = Annotated[int, AfterValidator(within(0, 9))]
Hash = Name  # from `salted_hash`, then keyed with the author's data key: after erasure nobody can test a guess


class _RecordModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Preview(_RecordModel):
    """Claimed: one tier's preview of one state of a draft. `bands`: category → tenth of the scale, 0 to 9.

    `read` and `unread`: characters of the text that the tier has read, and those that it has not.
    """

    kind: Literal["preview"] = "preview"
    preview_id: EntityId
    draft_id: EntityId
    tier: Tier
    policy_digest: Name
    model: Name
    verdict: Outcome
    bands: Annotated[dict[Name, Band], AfterValidator(at_most(100))] = Field(default_factory=dict)
    content_hash: Hash
    took_ms: Real
    read: Count | None = None  # earlier clients did not say
    unread: Count = 0
    at: Moment

    @property
    def promises(self) -> bool:
        """False if it found nothing in the part that it has read: nobody knows what the rest would do."""
        return self.verdict != "published" or self.unread == 0


class Draft(_RecordModel):
    """Claimed: how a draft was written. `changes`: the number of pauses after which the text had changed."""

    kind: Literal["draft"] = "draft"
    draft_id: EntityId
    changes: Count
    writing_ms: Real


class Submission(_RecordModel):
    """Observed: the submission or edit at `sequence` of the log. Only `preview_id` comes from the client."""

    kind: Literal["submitted"] = "submitted"
    post_id: EntityId
    revision: Revision
    sequence: Sequence
    preview_id: EntityId | None = None
    content_hash: Hash | None = None  # None without a preview


class DryRun(_RecordModel):
    """Observed: a dry run (tier 3), which the server ran itself."""

    kind: Literal["checked"] = "checked"
    preview_id: EntityId
    outcome: Outcome
    policy_digest: Name
    model: Name
    took_ms: Real


Claim = Annotated[Preview | Draft, Field(discriminator="kind")]
Observation = Annotated[Submission | DryRun, Field(discriminator="kind")]


class Stamp(_RecordModel):
    """The origin of a record, set by the gateway."""

    person_id: EntityId
    at: Moment
    arm: ExperimentGroup


class PreviewRecord(_RecordModel):
    """One message of the stream: a claim or an observation, with the gateway's stamp."""

    stamped: Stamp
    claimed: Claim | None = None
    observed: Observation | None = None

    @property
    def subject(self) -> str:
        """`previews.<tier or kind>.<draft, post or preview id>`."""
        match self.claimed or self.observed:
            case Preview(tier=tier, draft_id=subject_id):
                return f"previews.{tier}.{subject_id}"
            case Draft(draft_id=subject_id) | Submission(post_id=subject_id) | DryRun(preview_id=subject_id) as content:
                return f"previews.{content.kind}.{subject_id}"
            case None:
                raise ValueError("the record has neither a claim nor an observation")

    def encode(self) -> bytes:
        """Return the stored bytes."""
        return self.model_dump_json(exclude_none=True).encode()


def decode_preview(stored: bytes) -> PreviewRecord:
    """Decode stored bytes.

    Raises:
        DecodeError: the bytes are not a preview record.
    """
    try:
        return PreviewRecord.model_validate_json(stored)
    except ValidationError as error:
        raise DecodeError("not a preview record") from error


def salted_hash(preview_id: str, content: Content) -> str:
    """Return the hash of a text salted with a preview id: SHA-256 of id, line break and canonical content, hexadecimal.

    The browser computes the same (`saltedHash` in client/src/features/previews/preview-log.ts);
    tests/contract/preview-hashes.json holds the vectors.
    """
    return hashlib.sha256(preview_id.encode() + b"\n" + content.canonical()).hexdigest()
