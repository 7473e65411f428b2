"""Access to a running installation for the command line, which acts as the operator with the installation's secrets.

The installation is the one on the data folder or, if OTTIT_URL is set, the one at that address. In a container the
secrets come from files and the broker's address from OTTIT_BROKER_URL.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from nats.aio.client import Client

from deploy.installation.broker_connection import connect_as_operator
from deploy.installation.data_folder import launcher_pid, read_state
from deploy.installation.secret_files import ACTOR, OPERATOR, SERVICES, Secrets, read_secrets_in_use, secrets_folder
from deploy.installation.settings import LauncherSettings, RemoteSettings
from services.gateway.accounts.approvals import Approvals
from services.gateway.accounts.commands import AccountCommands
from services.gateway.accounts.sessions import Sessions
from shared.ids import derived_id
from shared.log.append import Log
from shared.log.events import UserRoleGranted
from shared.security.data_keys import DataKeyStore
from shared.settings import SECRETS

# The account that local imports run under. Sign-up accepts no dot in a handle, and the account has no credentials, so
# nobody can sign in with it; only tokens created here act for it.
OPERATOR_HANDLE = "local.operator"
OPERATOR_ID = derived_id(0, "operator", OPERATOR_HANDLE)
# The shortest lifetime of a token; it is revoked when the command ends.
TOKEN_DAYS = 1
# deploy/containers/prepare.py creates the secrets in a folder below the volume.
CONTAINER_SECRETS = secrets_folder(SECRETS)


class NotRunning(Exception):
    """No installation runs on the data folder."""


@dataclass(frozen=True)
class AdminContext:
    """The broker, the log, the accounts, the tokens and the data keys of a running installation."""

    url: str
    broker: Client
    log: Log
    accounts: AccountCommands
    sessions: Sessions
    keys: DataKeyStore

    @property
    def approvals(self) -> Approvals:
        """The write side of approvals."""
        return Approvals(self.log, self.keys)


@asynccontextmanager
async def admin_context(settings: LauncherSettings) -> AsyncIterator[AdminContext]:
    """Connect to the running installation.

    Raises:
        NotRunning: no installation runs on the data folder.
    """
    url, broker_url, secrets = find_installation(settings)
    broker = await connect_as_operator(broker_url, secrets)
    try:
        keys = await DataKeyStore.open(broker, secrets.master_key)
        sessions = await Sessions.open(broker, keys)
        log = Log(broker)
        yield AdminContext(url, broker, log, await AccountCommands.open(broker, keys, log), sessions, keys)
    finally:
        await broker.close()


def find_installation(settings: LauncherSettings) -> tuple[str, str, Secrets]:
    """Return the gateway's URL, the broker's URL and the operator's secrets.

    Raises:
        NotRunning: no installation runs on the data folder, and OTTIT_URL is not set.
        deploy.installation.secret_forms.UnusableSecret: a secret is missing or damaged.
    """
    remote = RemoteSettings()
    if remote.url:
        passwords = {OPERATOR: remote.broker_password.get_secret_value()}
        return remote.url, remote.broker_url, Secrets(remote.master_key.get_secret_value(), passwords)
    state = read_state(settings.data)
    if state is None or launcher_pid(settings.data) is None:
        raise NotRunning(f"Ottit is not running on the data folder {settings.data}. Start it: make up")
    return state.url, state.broker_url, read_secrets_in_use(settings.data, SERVICES, settings.master_key)


def operator_secrets_folder(settings: LauncherSettings) -> Path:
    """Return the folder with the signing keys. In a container it is the mounted volume of the operator's secrets."""
    return CONTAINER_SECRETS if RemoteSettings().url else secrets_folder(settings.data)


@asynccontextmanager
async def import_token(context: AdminContext) -> AsyncIterator[str]:
    """Create a token that may only import posts; it is revoked at the end."""
    registered = await context.accounts.register(OPERATOR_ID, OPERATOR_HANDLE, imported=True)
    last = await context.log.last("user", registered.user_id)
    if last is None or not isinstance(last.data, UserRoleGranted):
        await context.accounts.grant(OPERATOR_ID, "importer", by=ACTOR)
    token, _ = await context.sessions.mint(OPERATOR_ID, "ottit import", ("import_posts",), TOKEN_DAYS)
    try:
        yield token
    finally:
        await context.sessions.end(token)
