"""The settings of an installation. Only settings modules read the environment."""

import os
from functools import cached_property
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.installation.secret_files import OPERATOR
from shared.settings import ServiceSettings

ROOT = Path(__file__).parents[2]
# The broker's two ports follow the gateway's, so that a second installation needs to name one port only.
BROKER_PORT_STEP, MONITOR_PORT_STEP = 22, 23
HIGHEST_PORT = 65_535
LOOPBACK = "127.0.0.1"
# deploy/local/process_specs.py names the processes that may have these; all others start without them.
PRIVATE = frozenset(
    {"OTTIT_MASTER_KEY", "OTTIT_BROKER_PASSWORD", "OTTIT_AUDIT_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL"}
)


class LauncherSettings(BaseSettings):
    """Read from `OTTIT_<NAME>`. Ports are TCP ports on this machine."""

    model_config = SettingsConfigDict(env_prefix="OTTIT_", extra="ignore", frozen=True, populate_by_name=True)

    # Loopback: who wants others to reach this machine says so.
    host: str = LOOPBACK
    # Where people reach it; the broker's two ports follow.
    port: int = Field(default=8700, ge=1, le=HIGHEST_PORT)
    # Where the broker listens, on the loopback address always. 0: OTTIT_PORT + 22.
    broker_port: int = Field(default=0, ge=0, le=HIGHEST_PORT)
    # The broker's own health page, on the loopback address always. 0: OTTIT_PORT + 23.
    broker_monitor_port: int = Field(default=0, ge=0, le=HIGHEST_PORT)
    # Log, views, index, keys and logs of one installation. Another folder and port: another installation.
    data_dir: Path = ROOT / ".ottit"
    # 64 hexadecimal digits; empty: the one that the launcher made in the data folder.
    master_key: str = ""

    @cached_property
    def data(self) -> Path:
        """The data folder, absolute: the parts run in another folder than the command."""
        return self.data_dir.expanduser().absolute()

    @property
    def ports(self) -> dict[str, tuple[str, int]]:
        """Setting → address and port that a start needs."""
        return {
            "OTTIT_PORT": (self.host, self.port),
            "OTTIT_BROKER_PORT": (LOOPBACK, self.broker_port or _beside(self.port, BROKER_PORT_STEP)),
            "OTTIT_BROKER_MONITOR_PORT": (LOOPBACK, self.broker_monitor_port or _beside(self.port, MONITOR_PORT_STEP)),
        }

    @property
    def broker_url(self) -> str:
        """Where services find the broker."""
        return f"nats://{LOOPBACK}:{self.ports['OTTIT_BROKER_PORT'][1]}"

    @property
    def url(self) -> str:
        """What to open in a browser on this machine."""
        if self.host in ("0.0.0.0", "::"):  # all addresses: the loopback one is among them
            return f"http://{LOOPBACK if self.host == '0.0.0.0' else '[::1]'}:{self.port}"
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def detached_environment(self) -> dict[str, str]:
        """For a launcher that is started in the background: everything, and the data folder without ambiguity."""
        return {**os.environ, "OTTIT_DATA_DIR": str(self.data)}


def _beside(port: int, step: int) -> int:
    return port + step if port + step <= HIGHEST_PORT else port - step


def inherited_environment() -> dict[str, str]:
    """This process's environment, less what only some parts may have."""
    return {name: value for name, value in os.environ.items() if name not in PRIVATE}


def private_environment(*names: str) -> dict[str, str]:
    """Those of the named private variables that are set."""
    return {name: os.environ[name] for name in names if name in os.environ}


class RemoteSettings(ServiceSettings):
    """An installation that no launcher of this machine started."""

    service: str = OPERATOR
    # The gateway's address as this process reaches it; empty: the installation of the data folder.
    url: str = ""
