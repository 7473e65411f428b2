"""A policy as it is stored and handed out: its two views, each signed, under the digest of the whole."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.policy.load import contradictions
from shared.policy.public_view import Overlay, PublicView, canonical, merge, split
from shared.policy.schema import Policy
from shared.policy.signing import Signed, SigningKey, TrustedKeys, UntrustedSignature


class InvalidBundle(Exception):
    """A bundle that must not be used. The message says why, in words for whoever runs the installation."""


class Bundle(BaseModel):
    """What is stored under a digest."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1] = 1
    digest: str
    view: Signed
    overlay: Signed


class SwitchNote(BaseModel):
    """A note by which the operator asks for another policy, or for a lower version of the same.

    `highest` is the highest version of this policy that was ever active, `after` the place in the log behind which
    the note counts: whoever has seen a later one, or a higher version, does not believe it.
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
    """A bundle that was checked as a whole."""

    bundle: Bundle
    policy: Policy


def seal(policy: Policy, key: SigningKey) -> Bundle:
    """The bundle of a policy."""
    view, overlay = split(policy)
    return Bundle(digest=policy.digest, view=key.sign(canonical(view)), overlay=key.sign(canonical(overlay)))


def open_bundle(stored: bytes, digest: str, ring: TrustedKeys) -> VerifiedBundle:
    """The policy in a stored bundle, after every check: whole, signed by a key that may, and what `digest` names.

    Raises:
        BadBundle: one of the checks failed.
    """
    try:
        bundle = Bundle.model_validate_json(stored)
        view = PublicView.model_validate_json(bundle.view.text)
        ring.check(bundle.view, view.name, view.version)
        ring.check(bundle.overlay, view.name, view.version)
        policy = merge(view, Overlay.model_validate_json(bundle.overlay.text))
    except UntrustedSignature as error:
        raise InvalidBundle(f"the bundle {digest[:12]} is not to be trusted: {error}") from error
    except (ValidationError, KeyError) as error:
        raise InvalidBundle(f"the bundle {digest[:12]} is damaged, or made by another release") from error
    except ValueError as error:
        raise InvalidBundle(f"the bundle {digest[:12]} is damaged: {error}") from error
    if policy.digest != digest or bundle.digest != digest:
        raise InvalidBundle(f"what is stored under {digest[:12]} is another policy, {policy.digest[:12]}")
    if problems := contradictions(policy):
        raise InvalidBundle(f"the bundle {digest[:12]} contradicts itself: {problems[0]}")
    return VerifiedBundle(bundle, policy)
