"""The settings that all services share. Only settings classes read the environment."""

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

# Docker, compose and Kubernetes mount secrets here, as files named like the variables, in upper or lower case.
SECRETS = Path("/run/secrets")


class ServiceSettings(BaseSettings):
    """Values from `OTTIT_<NAME>`, or else from a file of that name in `SECRETS`.

    A subclass names its service and adds its own values, each with the reason for its default.
    """

    model_config = SettingsConfigDict(
        env_prefix="OTTIT_",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,  # keeps a mistyped key out of the logs
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
    )

    service: str = "service"
    # The embedded broker's address. The port is not NATS's default, so an installed NATS server does not conflict.
    broker_url: str = "nats://127.0.0.1:8722"
    # This service's password at the broker; the broker derives its permissions from it.
    broker_password: SecretStr = SecretStr("")
    # All persistent data of an installation is below this folder.
    data_dir: Path = Path(".ottit")
    # 32 bytes as hexadecimal; wraps every user's data key. Empty for services that open no sealed text.
    master_key: SecretStr = SecretStr("")
    # An OTLP endpoint over HTTP (a collector or Jaeger). Empty: spans stay at the broker, where timelines read them.
    otlp_endpoint: str = Field(
        default="", validation_alias=AliasChoices("otlp_endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT")
    )
    # Password for that endpoint, sent with the user name `ottit`. Other credentials: OTEL_EXPORTER_OTLP_HEADERS.
    otlp_password: SecretStr = SecretStr("")
    # The share of new traces that are recorded; a small installation can record all.
    trace_ratio: float = Field(default=1.0, ge=0, le=1)
    # For tests of a whole installation: the process kills itself at this point (docs/operations.md). Empty: never.
    crash_at: str = ""
    # DEBUG logs every broker message; WARNING only what needs attention.
    log_level: str = "INFO"
    # Health and metrics for probes and Prometheus, on a private network. 0: off; `make up` uses the gateway's pages.
    status_port: int = Field(default=0, ge=0, le=65535)
    # In a container, listen on all addresses: the port is not published.
    status_host: str = "127.0.0.1"
