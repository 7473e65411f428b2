"""What the command line may do: it has the installation's secrets, so it is the operator.

The installation is the one that runs on the data folder, or, where OTTIT_URL is set, the one at that address: in a
container the secrets come from files and the broker's place from OTTIT_BROKER_URL.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from nats.aio.client import Client

from deploy.installation.broker_connection import connect_as_operator
from deploy.installation.data_folder import launcher_pid, read_state
from deploy.installation.secret_files import ACTOR, OPERATOR, SERVICES, Secrets, open_secrets, secrets_folder
from deploy.installation.settings import LauncherSettings, RemoteSettings
from services.gateway.accounts.commands import Accounts
from services.gateway.accounts.sessions import Sessions
from shared.ids import derived_id
from shared.log.append import Log
from shared.log.events import UserRoleGranted
from shared.security.data_keys import DataKeyStore
from shared.settings import SECRETS

# The person in whose name local imports happen. The dot keeps it apart: nobody can sign up with such a handle,
# and without credentials nobody can sign in with it; only tokens made here stand for it.
OPERATOR_HANDLE = "local.operator"
OPERATOR_ID = derived_id(0, "operator", OPERATOR_HANDLE)
# The shortest life that a token can have; it is revoked when the command ends.
TOKEN_DAYS = 1
# deploy/containers/prepare.py makes the secrets in a folder below the volume.
CONTAINER_SECRETS = secrets_folder(SECRETS)


class NotRunning(Exception):
    """No installation runs on the data folder."""


@dataclass(frozen=True)
class AdminContext:
    """The operator's hands: the broker, the log, accounts and tokens of a running installation."""

    url: str
    broker: Client
    log: Log
    accounts: Accounts
    sessions: Sessions


@asynccontextmanager
async def admin_context(settings: LauncherSettings) -> AsyncIterator[AdminContext]:
    """Work on the installation that runs on this data folder.

    Raises:
        NothingRuns: none does.
    """
    url, broker_url, secrets = find_installation(settings)
    broker = await connect_as_operator(broker_url, secrets)
    try:
        keys = await DataKeyStore.open(broker, secrets.master_key)
        sessions = await Sessions.open(broker)
        log = Log(broker)
        yield AdminContext(url, broker, log, await Accounts.open(broker, keys, log), sessions)
    finally:
        await broker.close()


def find_installation(settings: LauncherSettings) -> tuple[str, str, Secrets]:
    """The gateway's address, the broker's, and the operator's secrets.

    Raises:
        NothingRuns: no installation runs on the data folder, and no other is named.
    """
    elsewhere = RemoteSettings()
    if elsewhere.url:
        passwords = {OPERATOR: elsewhere.broker_password.get_secret_value()}
        return elsewhere.url, elsewhere.broker_url, Secrets(elsewhere.master_key.get_secret_value(), passwords)
    state = read_state(settings.data)
    if state is None or launcher_pid(settings.data) is None:
        raise NotRunning(f"Nothing runs on the data folder {settings.data}. Start it: make up")
    return state.url, state.broker_url, open_secrets(settings.data, SERVICES, settings.master_key)


def operator_secrets_folder(settings: LauncherSettings) -> Path:
    """The folder with the signing key of policies. In a container the operator's volume is mounted as its secrets."""
    return CONTAINER_SECRETS if RemoteSettings().url else secrets_folder(settings.data)


@asynccontextmanager
async def import_token(context: AdminContext) -> AsyncIterator[str]:
    """A token that may import posts and nothing else, revoked at the end."""
    registered = await context.accounts.register(OPERATOR_ID, OPERATOR_HANDLE, imported=True)
    last = await context.log.last("user", registered.user_id)
    if last is None or not isinstance(last.data, UserRoleGranted):
        await context.accounts.grant(OPERATOR_ID, "importer", by=ACTOR)
    token, _ = await context.sessions.mint(OPERATOR_ID, "ottit import", ("import_posts",), TOKEN_DAYS)
    try:
        yield token
    finally:
        await context.sessions.end(token)
