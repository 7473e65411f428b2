"""Reads and remembers an identity provider's addresses and keys (OpenID Connect Discovery 1.0)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Any, TypeVar

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey
from pydantic import BaseModel, ConfigDict, ValidationError

from services.gateway.accounts.oidc_http import ProviderHttp, ProviderUnavailable, unavailable
from services.gateway.accounts.oidc_settings import is_loopback, is_safe_address

T = TypeVar("T")
Key = RSAKey | ECKey | OKPKey
AnyKey = Key | OctKey
WELL_KNOWN = "/.well-known/openid-configuration"
# Providers announce new keys long before they use them; an unknown key is looked for at once.
REMEMBERED_S = 3600.0
# After a failure, and between two looks for an unknown key: a flood of sign-ins is none of requests to the provider.
AGAIN_AFTER_S = 10.0
MOST_KEYS = 50
# NIST SP 800-131A; shorter ones are in no current use.
LEAST_RSA_BITS = 2048


class ProviderMetadata(BaseModel):
    """The part of a discovery document that sign-in needs."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses that a request or a browser goes to."""
        named = (self.authorization_endpoint, self.token_endpoint, self.jwks_uri, self.userinfo_endpoint)
        return tuple(one for one in named if one is not None)


class Discovery:
    """The metadata and keys of one provider, read when they are needed."""

    def __init__(self, issuer: str, http: ProviderHttp, clock: Callable[[], float] = monotonic) -> None:
        """`clock` returns seconds."""
        self._issuer = issuer
        self._http = http
        self.clock = clock
        self._reading = asyncio.Lock()
        self.forget()

    def forget(self) -> None:
        """Forget what was read, and that something could not be."""
        self._metadata: ProviderMetadata | None = None
        self._keys: KeySet | None = None
        self._metadata_at = self._keys_at = self._failed_at = float("-inf")

    async def metadata(self) -> ProviderMetadata:
        """Return the provider's metadata, of this hour or the last that could be read.

        Raises:
            ProviderUnavailable: they could never be read, or belong to another issuer.
        """
        async with self._reading:
            if self._metadata is None or self.clock() - self._metadata_at > REMEMBERED_S:
                try:
                    self._metadata = await self._limited(self._read_metadata)
                    self._metadata_at = self.clock()
                except ProviderUnavailable:
                    if self._metadata is None:
                        raise
            return self._metadata

    async def keys(self, key_id: str | None) -> KeySet:
        """Return the provider's keys, read again if none has this id. Raises like `metadata`."""
        metadata = await self.metadata()
        async with self._reading:
            age = self.clock() - self._keys_at
            is_unknown = self._keys is not None and key_id is not None and key_id not in _ids(self._keys)
            if self._keys is None or age > REMEMBERED_S or (is_unknown and age > AGAIN_AFTER_S):
                answer = await self._limited(lambda: self._http.get(metadata.jwks_uri))
                self._keys, self._keys_at = usable_keys(answer.content), self.clock()
            return self._keys

    async def _limited(self, read: Callable[[], Awaitable[T]]) -> T:
        """Read something, unless the last try has just failed."""
        if self.clock() - self._failed_at < AGAIN_AFTER_S:
            raise unavailable("discovery", "it did not answer a few seconds ago")
        try:
            return await read()
        except ProviderUnavailable:
            self._failed_at = self.clock()
            raise

    async def _read_metadata(self) -> ProviderMetadata:
        answer = await self._http.get(self._issuer.rstrip("/") + WELL_KNOWN)
        try:
            metadata = ProviderMetadata.model_validate(answer.content)
        except ValidationError as error:
            raise unavailable("discovery", "the document is incomplete") from error
        if metadata.issuer != self._issuer:
            raise unavailable("discovery", "the document names another issuer than OTTIT_OIDC_ISSUER")
        if not all(is_safe_address(one, loopback=is_loopback(self._issuer)) for one in metadata.addresses):
            raise unavailable("discovery", "an address is not one of HTTPS")
        return metadata


def usable_keys(document: Mapping[str, Any]) -> KeySet:
    """Return the public keys for signatures of a key set; those that this site does not know are left out.

    Raises:
        ProviderUnavailable: no key is left.
    """
    found = document.get("keys")
    listed = found[:MOST_KEYS] if isinstance(found, list) else []
    keys: list[AnyKey] = [key for one in listed if (key := _usable(one))]
    if not keys:
        raise unavailable("keys", "the key set has no key for signatures")
    return KeySet(keys)


def _usable(entry: object) -> Key | None:
    """Return a key that checks signatures; None for others, and for symmetric ones, which would be known to all."""
    kinds: dict[str, type[Key]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    kind = kinds.get(str(entry.get("kty"))) if isinstance(entry, dict) else None
    if kind is None or not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    try:
        key = kind.import_key(entry)
    except (JoseError, ValueError, TypeError):
        return None
    if isinstance(key, RSAKey) and key.public_key.key_size < LEAST_RSA_BITS:
        return None
    return key


def _ids(keys: KeySet) -> set[str | None]:
    return {key.kid for key in keys.keys}
