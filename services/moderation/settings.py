"""Moderation's settings."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, Field, SecretStr

from services.moderation.engines.provider_config import Prices, ProviderConfig, RetryPolicy
from shared.settings import ServiceSettings

OPENAI = "https://api.openai.com/v1"


def _check_key(key: SecretStr) -> SecretStr:
    text = key.get_secret_value().strip()
    if not text.isascii() or any(not " " < char < "\x7f" for char in text):
        raise ValueError("a key has only printable ASCII characters and no spaces")
    return SecretStr(text)


def _check_address(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query):
        raise ValueError("an address starts with https:// or http:// and has no user name, password or query")
    return url.rstrip("/")


def _check_seed(seed: SecretStr) -> SecretStr:
    if not re.fullmatch("([0-9a-fA-F]{64})?", seed.get_secret_value()):
        raise ValueError("a signing key is 64 hexadecimal digits")
    return seed


Seed = Annotated[SecretStr, AfterValidator(_check_seed)]
Key = Annotated[SecretStr, AfterValidator(_check_key)]
Address = Annotated[str, AfterValidator(_check_address)]


class Settings(ServiceSettings):
    """Settings of one moderation replica. Key and address of a provider have the names that OpenAI's tools use."""

    service: str = "moderation"
    # The public keys that a policy may be signed with, as JSON; empty: no policy is trusted, and texts are held.
    policy_keys: str = ""
    # The hexadecimal seed of the key that signs checkpoints; empty: the log is not audited.
    audit_key: Seed = SecretStr("")
    # The public keys of all auditors so far, as JSON; empty: the signatures of earlier checkpoints are not checked.
    audit_keys: str = ""
    # Most time between checkpoints while facts arrive; one also follows a second without a fact. 1 kB and one flush.
    audit_every_s: float = Field(default=10.0, gt=0)
    # Threads per encoder pass: both cores of the smallest machine that we test on.
    encoder_threads: int = Field(default=2, ge=1)

    # A provider is configured by a key, or by an address if it needs none. The policy says which categories it scores.
    openai_api_key: Key = Field(
        default=SecretStr(""), validation_alias=AliasChoices("OPENAI_API_KEY", "openai_api_key")
    )
    # Empty: OpenAI. Any server with the same protocol works, including one on this machine.
    openai_base_url: Address = Field(default="", validation_alias=AliasChoices("OPENAI_BASE_URL", "openai_base_url"))
    # Small and cheap, accepts a strict schema and a temperature. Empty: no chat model is used.
    openai_model: str = "gpt-4o-mini"
    # Free of charge at OpenAI; other servers rarely have it. None: used at OpenAI only. Empty: never used.
    openai_moderation_model: str | None = None
    # The same text should get the same scores. Below 0: not sent, because reasoning models refuse it.
    openai_temperature: float = Field(default=0.0, ge=-1, le=2)
    # Six numbers and a sentence are about 120; the rest is for reasoning models.
    openai_max_tokens: int = Field(default=1000, ge=100)
    # US dollars for a million input tokens of gpt-4o-mini: https://developers.openai.com/api/docs/pricing, 2026-11.
    openai_input_usd: float = Field(default=0.15, ge=0)
    # US dollars for a million output tokens; the same source.
    openai_output_usd: float = Field(default=0.60, ge=0)
    # A small model responds in 1 to 3 s; after this time a retry is more likely to succeed than waiting.
    openai_attempt_s: float = Field(default=9.0, gt=0)
    # Two slow attempts and a pause. After this the policy's failure mode serves the author better than more waiting.
    openai_total_s: float = Field(default=20.0, gt=0)
    # A server that does not accept the connection within this time is unavailable.
    openai_connect_s: float = Field(default=3.0, gt=0)
    # More do not fit into the total time above.
    openai_attempts: int = Field(default=3, ge=1, le=10)
    # Texts scored at once: at 2 s each, eight per second, well below the rate limit of a first-tier account.
    openai_in_flight: int = Field(default=16, ge=1)
    # US dollars per day: about 15,000 posts of 200 words at the prices above. 0: no limit, for a self-hosted server.
    openai_daily_usd: float = Field(default=2.0, ge=0)
    # Posts, comments, edits and dry runs of one user: more than anybody writes, too few to be expensive.
    openai_person_daily_texts: int = Field(default=200, ge=1)

    @property
    def provider(self) -> ProviderConfig | None:
        """The provider's configuration; None if there is no provider."""
        key, address = self.openai_api_key.get_secret_value(), self.openai_base_url or OPENAI
        if not key and not self.openai_base_url:
            return None
        default = "omni-moderation-latest" if address == OPENAI else ""
        return ProviderConfig(
            api_key=key,
            base_url=address,
            model=self.openai_model,
            moderation_model=default if self.openai_moderation_model is None else self.openai_moderation_model,
            temperature=None if self.openai_temperature < 0 else self.openai_temperature,
            max_tokens=self.openai_max_tokens,
            prices=Prices(self.openai_input_usd, self.openai_output_usd),
            retry=RetryPolicy(self.openai_attempt_s, self.openai_total_s, self.openai_attempts),
            connect_s=self.openai_connect_s,
            in_flight=self.openai_in_flight,
            daily_usd=self.openai_daily_usd,
            person_daily_texts=self.openai_person_daily_texts,
        )
