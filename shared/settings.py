"""The settings that every service shares. Only settings classes read the environment."""

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Read from `OTTIT_<NAME>`. A subclass names its service and adds its own values, each with its reason."""

    model_config = SettingsConfigDict(env_prefix="OTTIT_", extra="ignore", frozen=True, populate_by_name=True)

    service: str = "service"
    # The embedded broker's address; one above NATS's own default so that an installed NATS is not in the way.
    broker_url: str = "nats://127.0.0.1:8722"
    broker_password: SecretStr = SecretStr("")
    # Everything that an installation must keep lies below this folder.
    data_dir: Path = Path(".ottit")
    # 32 bytes as hexadecimal: wraps every person's data key. Empty where a service opens no sealed text.
    master_key: SecretStr = SecretStr("")
    otlp_endpoint: str = Field(
        default="", validation_alias=AliasChoices("otlp_endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT")
    )
    # The share of traces that begin here and are kept: a small installation can keep all.
    trace_ratio: float = Field(default=1.0, ge=0, le=1)
    log_level: str = "INFO"
