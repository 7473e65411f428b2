"""Records of the stream `PREVIEWS`: what clients saw before they submitted, without text. They bind nobody.

What the gateway knows itself (`stamped`, `observed`) is kept apart from what a client says (`claimed`), which may be
wrong or forged: telemetry, never evidence.
"""

import hashlib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from shared.content import Content
from shared.log.events import DecodeError, Moment, Outcome
from shared.log.events.field_types import EntityId, Number, Sequence

# 0 the public rules, 1 the model on the device, 2 the person's own key, 3 the server's dry run
Tier = Literal[0, 1, 2, 3]
# How this person is served: the two sides of a trial are drawn by chance, the other two are everybody.
ExperimentGroup = Literal["server_only", "hybrid", "trial_with", "trial_without"]
Name = Annotated[str, StringConstraints(max_length=200)]
Hash = Name  # salted by `salted_hash`, then keyed with the author's data key: after an erasure no guess can be tested


class _RecordModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Preview(_RecordModel):
    """Claimed: what one tier said about one state of a draft. `bands`: category → tenth of the scale, 0 to 9."""

    kind: Literal["preview"] = "preview"
    preview_id: EntityId
    draft_id: EntityId
    tier: Tier
    policy_digest: Name
    model: Name
    verdict: Outcome
    bands: dict[str, int] = Field(default_factory=dict)
    content_hash: Hash
    took_ms: float
    at: Moment


class Draft(_RecordModel):
    """Claimed: how a text was written before it was sent. `changes`: pauses after which the text had changed."""

    kind: Literal["draft"] = "draft"
    draft_id: EntityId
    changes: Number
    writing_ms: float


class Submission(_RecordModel):
    """Observed: a submission or edit that the log has at `sequence`. Only the preview's id is the client's word."""

    kind: Literal["submitted"] = "submitted"
    post_id: EntityId
    revision: Number
    sequence: Sequence
    preview_id: EntityId | None = None
    content_hash: Hash | None = None  # None where no preview was named


class DryRun(_RecordModel):
    """Observed: a dry run, which is tier 3 run by the server itself."""

    kind: Literal["checked"] = "checked"
    preview_id: EntityId
    outcome: Outcome
    policy_digest: Name
    model: Name
    took_ms: float


Claim = Annotated[Preview | Draft, Field(discriminator="kind")]
Observation = Annotated[Submission | DryRun, Field(discriminator="kind")]


class Stamp(_RecordModel):
    """What the gateway knows of a record's origin, whatever the client says."""

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
        """`previews.<tier or kind>.<what it is about>`."""
        match self.claimed or self.observed:
            case Preview(tier=tier, draft_id=about):
                return f"previews.{tier}.{about}"
            case Draft(draft_id=about) | Submission(post_id=about) | DryRun(preview_id=about) as said:
                return f"previews.{said.kind}.{about}"
            case None:
                raise ValueError("a record without a content")

    def encode(self) -> bytes:
        """The stored bytes."""
        return self.model_dump_json(exclude_none=True).encode()


def decode_preview(stored: bytes) -> PreviewRecord:
    """Read stored bytes.

    Raises:
        Unreadable: they are no record of previews.
    """
    try:
        return PreviewRecord.model_validate_json(stored)
    except ValidationError as error:
        raise DecodeError("no record of a preview") from error


def salted_hash(preview_id: str, content: Content) -> str:
    """The name of a text under a preview's id: SHA-256 of id, line break and canonical content, as hexadecimal.

    The browser computes the same (`saltedHash` in client/src/features/previews/preview-log.ts);
    tests/contract/preview-hashes.json holds the vectors.
    """
    return hashlib.sha256(preview_id.encode() + b"\n" + content.canonical()).hexdigest()
