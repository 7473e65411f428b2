"""Checks ID tokens (OpenID Connect Core 1.0, section 3.1.3.7): signature, issuer, audience, times and nonce."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.problems import Unauthenticated

logger = logging.getLogger(__name__)
# Signatures by the provider's private key only: no `none`, and no HS, for which a public key would be the secret.
ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA",
)  # fmt: skip
# Clocks of two servers differ by seconds.
LEEWAY_S = 60
# Core 1.0, section 2.
LONGEST_SUBJECT = 255
MOST_HEADER_BYTES = 8192
MALFORMED = (JoseError, ValueError, TypeError, KeyError, AttributeError)


@dataclass(frozen=True)
class ExpectedToken:
    """The values that an ID token must have. `access_token`: the one that came with it."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str = ""


def refused(reason: str) -> Unauthenticated:
    """Log that an answer of the provider is not believed, and return the error for people."""
    logger.warning("an answer of the identity provider was refused", extra={"reason": reason})
    return Unauthenticated(f"The identity provider's answer was refused: {reason}.", "identity_refused")


def key_id_of(token: str) -> str | None:
    """Return the id of the key that a token names, before its signature is checked.

    Raises:
        Unauthenticated: `identity_refused`, it is malformed or signed by an algorithm that is not accepted.
    """
    try:
        header = jws.extract_compact(token.encode(), registry=_REGISTRY).headers()
    except MALFORMED as error:
        raise refused("the ID token is malformed") from error
    if header.get("alg") not in ALGORITHMS:
        raise refused("the algorithm of the ID token is not accepted")
    key_id = header.get("kid")
    return key_id if isinstance(key_id, str) else None


def verified_claims(token: str, keys: KeySet, expected: ExpectedToken, now: float | None = None) -> Mapping[str, Any]:
    """Return the claims of an ID token that fits.

    Raises:
        Unauthenticated: `identity_refused`, it does not.
    """
    try:
        decoded = jwt.decode(token, keys, registry=_REGISTRY)
    except MALFORMED as error:
        raise refused("the signature of the ID token is wrong") from error
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        options={
            "iss": {"essential": True, "value": expected.issuer},
            "aud": {"essential": True, "value": expected.client_id},
        },
        params={"nonce": expected.nonce, "client_id": expected.client_id, "access_token": expected.access_token},
    )
    try:
        claims.validate(now=int(now if now is not None else time.time()), leeway=LEEWAY_S)
        require_subject(claims)
    except MALFORMED as error:
        # The library names the claim, never its value.
        raise refused(f"the ID token is not meant for this sign-in ({getattr(error, 'claim', 'sub')})") from error
    return dict(claims)


def require_subject(claims: Mapping[str, Any]) -> None:
    """Check the identifier of the person.

    Raises:
        ValueError: it is missing or too long.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise ValueError("sub")


def _registry() -> jws.JWSRegistry:
    """Return the library's rules with these algorithms. It ignores unknown headers, unless they are marked critical."""
    registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    registry.max_header_length = MOST_HEADER_BYTES  # some providers send their whole certificate
    return registry


_REGISTRY = _registry()
