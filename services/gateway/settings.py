"""The gateway's settings."""

from pathlib import Path

from pydantic import Field

from services.gateway.previews.schemas import PreviewMode
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Values of one gateway replica."""

    service: str = "gateway"
    # Loopback until somebody decides to open the house.
    host: str = "127.0.0.1"
    # What the launcher, compose and the probes use, too.
    port: int = Field(default=8700, ge=1, le=65535)
    # Names that the house is reached by beside loopback's and the address it listens on, with commas between them:
    # behind a proxy those that people type. `*.example.org`: all below; `*`: any, where a proxy checks them.
    hosts: str = ""
    # The built web client.
    client_dir: Path = Path("client/dist")
    # The model that browsers load to preview by themselves: `model.json` and the files that it names.
    device_model_dir: Path = Path("shared/model/artifacts")
    # The public keys that a policy may be signed with, as JSON; the page carries them to browsers.
    policy_keys: str = ""
    # Cookies carry `Secure` where the house is reached over HTTPS.
    secure_cookies: bool = False
    # A fortnight without a password on one's own device.
    session_days: int = Field(default=14, ge=1, le=90)
    # Multiplies every rate of shared/security/capabilities.py: for load tests, or a busy shared address.
    rate_scale: float = Field(default=1.0, gt=0)
    # Trust X-Forwarded-For from a proxy on this machine; off, because a direct client could forge its address.
    behind_proxy: bool = False
    # `hybrid`: an answer while one writes is what the client side is for. `server_only` switches it off;
    # `client_preview_off_for_share` leaves a share of people without it, so that `GET /v1/worth` can tell its use.
    preview_mode: PreviewMode = "hybrid"
    # That share, drawn once and for good: two halves tell a difference soonest.
    preview_off_share: float = Field(default=0.5, gt=0, lt=1)
