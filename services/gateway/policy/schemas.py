"""Wire models of signed policies."""

from pydantic import Field

from services.gateway.http.schemas import ResponseModel


class NoteOut(ResponseModel):
    """A signed note of the operator: a key succession, or the deliberate activation of a lower version."""

    key_id: str
    signature: str = Field(description="Ed25519 over the UTF-8 bytes of `text`, base64url.")
    text: str = Field(description="Canonical JSON.")


class SignedPolicy(ResponseModel):
    """The public view of a policy. Verify it before you use it: see `client/src/policy/verify-bundle.ts`."""

    digest: str = Field(description="SHA-256 of the whole policy, including the part that stays on the server.")
    version: int
    key_id: str
    signature: str = Field(description="Ed25519 over the UTF-8 bytes of `view`, base64url.")
    view: str = Field(description="Canonical JSON.")
    notes: list[NoteOut] = Field(description="The chain from the keys in the page to the signing key, in order.")
