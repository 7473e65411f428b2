"""Moderation's settings."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, Field, SecretStr

from services.moderation.engines.patience import Patience
from services.moderation.engines.terms import Prices, Terms
from shared.settings import ServiceSettings

OPENAI = "https://api.openai.com/v1"


def _fits_a_header(key: SecretStr) -> SecretStr:
    word = key.get_secret_value().strip()
    if not word.isascii() or any(not " " < char < "\x7f" for char in word):
        raise ValueError("a key has no spaces and only plain characters")
    return SecretStr(word)


def _is_address(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query):
        raise ValueError("an address begins with https:// or http://, without a name, a password or a question mark")
    return url.rstrip("/")


Key = Annotated[SecretStr, AfterValidator(_fits_a_header)]
Address = Annotated[str, AfterValidator(_is_address)]


class Settings(ServiceSettings):
    """Values of one moderation replica. Key and address of a provider have the names that its own tools use."""

    service: str = "moderation"
    # The public keys that a policy may be signed with, as JSON; empty: no policy is believed, and texts are held.
    policy_keys: str = ""
    # The seed of the key that checkpoints are signed with, as hexadecimal; empty: the log is not audited.
    audit_key: SecretStr = SecretStr("")
    # A cut at the end of the log shows from here on; a checkpoint is 1 kB and one flush.
    audit_every_s: float = Field(default=10.0, gt=0)
    # Threads of one encoder pass: both cores of the smallest machine that we measure on.
    encoder_threads: int = Field(default=2, ge=1)

    # A provider is set up by a key, or by an address for a server that wants none. The policy says what it is asked.
    openai_api_key: Key = Field(
        default=SecretStr(""), validation_alias=AliasChoices("OPENAI_API_KEY", "openai_api_key")
    )
    # Empty: OpenAI's own. Any server that speaks its protocol will do, one on this machine, too.
    openai_base_url: Address = Field(default="", validation_alias=AliasChoices("OPENAI_BASE_URL", "openai_base_url"))
    # Small and cheap, takes a strict schema and a temperature. Empty: no chat model is asked.
    openai_model: str = "gpt-4o-mini"
    # Free of charge at OpenAI; other servers rarely have it. None: asked at OpenAI only. Empty: never.
    openai_moderation_model: str | None = None
    # The same text should get the same scores. Below 0: not sent, for reasoning models refuse it.
    openai_temperature: float = Field(default=0.0, ge=-1, le=2)
    # Six numbers and a sentence are about 120; the rest is for models that think before.
    openai_max_tokens: int = Field(default=1000, ge=100)
    # US dollars for a million tokens of gpt-4o-mini, https://developers.openai.com/api/docs/pricing, November 2026.
    openai_input_usd: float = Field(default=0.15, ge=0)
    # Its answers cost more; the same source.
    openai_output_usd: float = Field(default=0.60, ge=0)
    # A small model answers in 1 to 3 s; who has not by then is asked again rather than waited for.
    openai_attempt_s: float = Field(default=9.0, gt=0)
    # Two slow attempts and a wait. After this the policy's failure mode is kinder to the author than more waiting.
    openai_total_s: float = Field(default=20.0, gt=0)
    # A server that does not even take the connection within this is away.
    openai_connect_s: float = Field(default=3.0, gt=0)
    # More than these do not fit into the time above anyway.
    openai_attempts: int = Field(default=3, ge=1, le=10)
    # Texts at a time: with 2 s a text eight a second, and well inside the requests per minute of a first-tier account.
    openai_in_flight: int = Field(default=16, ge=1)
    # A day's money: about 15,000 posts of 200 words by the prices above. 0: no limit, as for a server of one's own.
    openai_daily_usd: float = Field(default=2.0, ge=0)
    # Posts, comments, edits and dry runs of one person: more than anybody writes, less than hurts.
    openai_person_daily_texts: int = Field(default=200, ge=1)

    @property
    def terms(self) -> Terms | None:
        """What is agreed on with the provider; None where none is set up."""
        key, address = self.openai_api_key.get_secret_value(), self.openai_base_url or OPENAI
        if not key and not self.openai_base_url:
            return None
        default = "omni-moderation-latest" if address == OPENAI else ""
        return Terms(
            api_key=key,
            base_url=address,
            model=self.openai_model,
            moderation_model=default if self.openai_moderation_model is None else self.openai_moderation_model,
            temperature=None if self.openai_temperature < 0 else self.openai_temperature,
            max_tokens=self.openai_max_tokens,
            prices=Prices(self.openai_input_usd, self.openai_output_usd),
            patience=Patience(self.openai_attempt_s, self.openai_total_s, self.openai_attempts),
            connect_s=self.openai_connect_s,
            in_flight=self.openai_in_flight,
            daily_usd=self.openai_daily_usd,
            person_daily_texts=self.openai_person_daily_texts,
        )
