"""The settings that every service shares. Only settings classes read the environment."""

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

# Where Docker, compose and Kubernetes put secrets: files that are named like the variables, in any case.
SECRETS = Path("/run/secrets")


class ServiceSettings(BaseSettings):
    """Read from `OTTIT_<NAME>`, else from a file of that name in `SECRETS`.

    A subclass names its service and adds its own values, each with its reason.
    """

    model_config = SettingsConfigDict(
        env_prefix="OTTIT_",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,  # a key with a typing error stays out of the logs
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
    )

    service: str = "service"
    # The embedded broker's address; one above NATS's own default so that an installed NATS is not in the way.
    broker_url: str = "nats://127.0.0.1:8722"
    # This service's own at the broker: what it may do there hangs on it.
    broker_password: SecretStr = SecretStr("")
    # Everything that an installation must keep lies below this folder.
    data_dir: Path = Path(".ottit")
    # 32 bytes as hexadecimal: wraps every person's data key. Empty where a service opens no sealed text.
    master_key: SecretStr = SecretStr("")
    # A collector or Jaeger, OTLP over HTTP. Empty: spans stay at the broker, where timelines read them.
    otlp_endpoint: str = Field(
        default="", validation_alias=AliasChoices("otlp_endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT")
    )
    # The share of traces that begin here and are kept: a small installation can keep all.
    trace_ratio: float = Field(default=1.0, ge=0, le=1)
    # DEBUG says every message of the broker; WARNING only what somebody should look at.
    log_level: str = "INFO"
    # Health and metrics for probes and Prometheus, on a private network. 0: off, since `make up` has the gateway's.
    status_port: int = Field(default=0, ge=0, le=65535)
    # In a container the port is published to nobody, so all addresses are right there.
    status_host: str = "127.0.0.1"
