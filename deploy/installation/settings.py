"""The settings of an installation. Only settings modules read the environment."""

import os
from functools import cached_property
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.installation.secret_files import OPERATOR
from shared.settings import ServiceSettings

ROOT = Path(__file__).parents[2]
# The broker's port follows the gateway's, so that a second installation needs to name one port only.
BROKER_PORT_STEP = 22
HIGHEST_PORT = 65_535
LOOPBACK = "127.0.0.1"
# deploy/local/process_specs.py names the processes that may have these; all others start without them.
PRIVATE = frozenset(
    {"OTTIT_MASTER_KEY", "OTTIT_BROKER_PASSWORD", "OTTIT_AUDIT_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL"}
)


class LauncherSettings(BaseSettings):
    """Settings from `OTTIT_<NAME>`. Ports are TCP ports on this machine."""

    model_config = SettingsConfigDict(env_prefix="OTTIT_", extra="ignore", frozen=True, populate_by_name=True)

    # Loopback by default: other machines reach this one only if you say so.
    host: str = LOOPBACK
    # The port of the site; the broker's port follows from it.
    port: int = Field(default=8700, ge=1, le=HIGHEST_PORT)
    # The path below which the site is served, such as `/forum`. Empty: the root of the host.
    base_path: str = ""
    # The broker's port, always on the loopback address. 0: OTTIT_PORT + 22.
    broker_port: int = Field(default=0, ge=0, le=HIGHEST_PORT)
    # Log, views, index, keys and log files of one installation. Another folder and port make another installation.
    data_dir: Path = ROOT / ".ottit"
    # 64 hexadecimal digits. Empty: the key that the launcher created in the data folder.
    master_key: str = ""

    @cached_property
    def data(self) -> Path:
        """The data folder as an absolute path: processes run in another folder than the command."""
        return self.data_dir.expanduser().absolute()

    @property
    def ports(self) -> dict[str, tuple[str, int]]:
        """Setting → address and port that must be free at a start."""
        return {
            "OTTIT_PORT": (self.host, self.port),
            "OTTIT_BROKER_PORT": (LOOPBACK, self.broker_port or _shifted(self.port, BROKER_PORT_STEP)),
        }

    @property
    def broker_url(self) -> str:
        """The broker's URL for the services."""
        return f"nats://{LOOPBACK}:{self.ports['OTTIT_BROKER_PORT'][1]}"

    @property
    def url(self) -> str:
        """The site's URL on this machine."""
        if self.host in ("0.0.0.0", "::"):  # all addresses: the loopback one is among them
            return f"http://{LOOPBACK if self.host == '0.0.0.0' else '[::1]'}:{self.port}{self._base}"
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}{self._base}"

    @property
    def _base(self) -> str:
        return self.base_path.strip().rstrip("/")

    def detached_environment(self) -> dict[str, str]:
        """Return the environment for a launcher in the background, with the absolute data folder."""
        return {**os.environ, "OTTIT_DATA_DIR": str(self.data)}


def _shifted(port: int, step: int) -> int:
    return port + step if port + step <= HIGHEST_PORT else port - step


def inherited_environment() -> dict[str, str]:
    """Return this process's environment without the private variables."""
    return {name: value for name, value in os.environ.items() if name not in PRIVATE}


def private_environment(*names: str) -> dict[str, str]:
    """Return the named private variables that are set."""
    return {name: os.environ[name] for name in names if name in os.environ}


class RemoteSettings(ServiceSettings):
    """Settings of the command line for an installation that this machine's launcher did not start."""

    service: str = OPERATOR
    # The gateway's URL as this process reaches it. Empty: the installation on the data folder.
    url: str = ""
