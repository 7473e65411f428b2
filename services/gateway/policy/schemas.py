"""The signed policy."""

from pydantic import Field

from services.gateway.http.fields import Answer


class NoteOut(Answer):
    """A note of the operator, signed: a key names its successor, or a lower version was asked for on purpose."""

    key_id: str
    signature: str = Field(description="base64url, Ed25519 over the UTF-8 bytes of `text`")
    text: str = Field(description="canonical JSON")


class SignedPolicy(Answer):
    """The public view of a policy. Verify it before you use it: see `client/src/policy/bundle.ts`."""

    digest: str = Field(description="sha256 of the whole policy, with the part that stays on the server")
    version: int
    key_id: str
    signature: str = Field(description="base64url, Ed25519 over the UTF-8 bytes of `view`")
    view: str = Field(description="canonical JSON")
    notes: list[NoteOut] = Field(description="from the keys that the page knows to the one that signed, in order")
