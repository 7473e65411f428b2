"""Receipts of dry runs: signed statements about one text and one policy. They do not speed up a decision."""

import base64
import binascii
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Literal

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.content import Content
from shared.ids import new_id
from shared.log.events import Moment, Outcome
from shared.log.preview_records import salted_hash
from shared.messaging.requests import DraftDecision

# Long enough to finish and send a text; policy and model may change by tomorrow.
VALID_FOR = timedelta(hours=1)

Finding = Literal["valid", "malformed", "signature", "expired", "other_text"]


class Statement(BaseModel):
    """The content of a receipt. `content_hash`: the salted hash of the text (`shared.log.preview_records`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal["ottit dry run 1"] = "ottit dry run 1"
    preview_id: str
    content_hash: str
    community: str
    outcome: Outcome
    policy_digest: str
    policy_version: int
    engine: str
    model: str
    checked_at: Moment
    expires_at: Moment


class Signed(BaseModel):
    """A statement as canonical JSON, and an Ed25519 signature (base64url) over its UTF-8 bytes."""

    statement: str
    key_id: str
    signature: str


def statement_about(content: Content, community: str, preview_id: str | None, found: DraftDecision) -> Statement:
    """Return the statement about a dry run of a text. `preview_id`: the client's, or a new one."""
    preview_id = preview_id or new_id()
    return Statement(
        preview_id=preview_id,
        content_hash=salted_hash(preview_id, content),
        community=community,
        outcome=found.outcome,
        policy_digest=found.policy_digest,
        policy_version=found.policy_version,
        engine=found.engine,
        model=found.model,
        checked_at=(now := datetime.now(UTC)),
        expires_at=now + VALID_FOR,
    )


class Receipts:
    """Signs and verifies with a key derived from the master key, the same on all replicas."""

    def __init__(self, master_key: bytes) -> None:
        seed = HKDF(SHA256(), length=32, salt=None, info=b"ottit dry-run receipts 1").derive(master_key)
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw()
        self.key_id = hashlib.sha256(self.public_key).hexdigest()[:16]

    def sign(self, statement: Statement) -> Signed:
        """Return a signed receipt."""
        text = orjson.dumps(statement.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
        signature = base64.urlsafe_b64encode(self._key.sign(text)).decode()
        return Signed(statement=text.decode(), key_id=self.key_id, signature=signature)

    def check(self, signed: Signed, content: Content | None, now: datetime) -> tuple[Finding, Statement | None]:
        """Verify a receipt: its signature, the text it is about (if `content` is given), and its expiry at `now`.

        Returns the finding, and the statement only if this server signed it.
        """
        if signed.key_id not in ("", self.key_id):  # signed by another server
            return "signature", None
        try:
            self._key.public_key().verify(
                base64.urlsafe_b64decode(signed.signature.encode()), signed.statement.encode()
            )
            statement = Statement.model_validate_json(signed.statement)
        except (binascii.Error, ValidationError):
            return "malformed", None
        except InvalidSignature:
            return "signature", None
        if content is not None and salted_hash(statement.preview_id, content) != statement.content_hash:
            return "other_text", statement
        if statement.expires_at < now.astimezone(UTC):
            return "expired", statement
        return "valid", statement
