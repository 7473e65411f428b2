"""The bundle of a policy: its public view and overlay, each signed, stored under the policy's digest.

Policy stage: compile and sign. Other stages: source (`load`), activate (`bundle_store`), evaluate (`rule_matching`).
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.policy.canonical import canonical
from shared.policy.load import contradictions
from shared.policy.public_view import Overlay, PublicView, merge, split
from shared.policy.schema import Policy
from shared.policy.signing import Signed, SigningKey, TrustedKeys, UntrustedSignature


class InvalidBundle(Exception):
    """A bundle that must not be used. The message gives the reason to the operator."""


class Bundle(BaseModel):
    """A stored policy: the signed public view and the signed overlay."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1] = 1
    digest: str
    view: Signed
    overlay: Signed


class SwitchNote(BaseModel):
    """A signed note of the operator that activates another policy, or a lower version of the same policy.

    `highest`: the highest version of this policy so far; `after`: the sequence of the last activation before the note.
    A verifier that has seen a higher version or a later activation rejects the note.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    note: Literal["switch"] = "switch"
    digest: str
    name: str
    version: int
    highest: int
    after: int


@dataclass(frozen=True)
class VerifiedBundle:
    """A bundle that passed all checks, with its policy."""

    bundle: Bundle
    policy: Policy


def sign_bundle(policy: Policy, key: SigningKey) -> Bundle:
    """Return the signed bundle of a policy."""
    view, overlay = split(policy)
    return Bundle(digest=policy.digest, view=key.sign(canonical(view)), overlay=key.sign(canonical(overlay)))


def open_bundle(stored: bytes, digest: str, keys: TrustedKeys) -> VerifiedBundle:
    """Verify a stored bundle: it is complete, signed by keys that may sign this version, and has this digest.

    Raises:
        InvalidBundle: a check failed.
    """
    try:
        bundle = Bundle.model_validate_json(stored)
        view = PublicView.model_validate_json(bundle.view.text)
        keys.check(bundle.view, view.name, view.version)
        keys.check(bundle.overlay, view.name, view.version)
        policy = merge(view, Overlay.model_validate_json(bundle.overlay.text))
    except UntrustedSignature as error:
        raise InvalidBundle(f"the bundle {digest[:12]} is not trusted: {error}") from error
    except (ValidationError, KeyError) as error:
        raise InvalidBundle(f"the bundle {digest[:12]} is damaged or was made by another release") from error
    except ValueError as error:
        raise InvalidBundle(f"the bundle {digest[:12]} is damaged: {error}") from error
    if policy.digest != digest or bundle.digest != digest:
        raise InvalidBundle(f"the bundle stored under {digest[:12]} holds another policy, {policy.digest[:12]}")
    if problems := contradictions(policy):
        raise InvalidBundle(f"the bundle {digest[:12]} is inconsistent: {problems[0]}")
    return VerifiedBundle(bundle, policy)
