"""What the command line may do: it has the installation's secrets, so it is the operator.

The installation is the one that runs on the data folder, or, where OTTIT_URL is set, the one at that address: in a
container the secrets come from files and the broker's place from OTTIT_BROKER_URL.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from nats.aio.client import Client

from deploy.local.lock import holder
from deploy.local.plan import SERVICES
from deploy.local.provisioning import connect_as_operator
from deploy.local.secret_files import ACTOR, OPERATOR, Secrets, open_secrets, secrets_folder
from deploy.local.settings import LauncherSettings
from deploy.local.state import read_state
from services.gateway.accounts.commands import Accounts
from services.gateway.accounts.sessions import Sessions
from shared.ids import derived_id
from shared.log.append import Log
from shared.log.events import UserRoleGranted
from shared.security.data_keys import DataKeyStore
from shared.settings import SECRETS, ServiceSettings

# The person in whose name local imports happen. The dot keeps it apart: nobody can sign up with such a handle,
# and without credentials nobody can sign in with it; only tokens made here stand for it.
OPERATOR_HANDLE = "local.operator"
OPERATOR_ID = derived_id(0, "operator", OPERATOR_HANDLE)
# The shortest life that a token can have; it is revoked when the command ends.
TOKEN_DAYS = 1
# deploy/containers/prepare.py makes the secrets in a folder below the volume.
CONTAINER_SECRETS = secrets_folder(SECRETS)


class NothingRuns(Exception):
    """No installation runs on the data folder."""


class ElsewhereSettings(ServiceSettings):
    """An installation that no launcher of this machine started."""

    service: str = OPERATOR
    # The gateway's address as this process reaches it; empty: the installation of the data folder.
    url: str = ""


@dataclass(frozen=True)
class Operator:
    """The operator's hands: the broker, the log, accounts and tokens of a running installation."""

    url: str
    broker: Client
    log: Log
    accounts: Accounts
    sessions: Sessions


@asynccontextmanager
async def operator(settings: LauncherSettings) -> AsyncIterator[Operator]:
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
        yield Operator(url, broker, log, await Accounts.open(broker, keys, log), sessions)
    finally:
        await broker.close()


def find_installation(settings: LauncherSettings) -> tuple[str, str, Secrets]:
    """The gateway's address, the broker's, and the operator's secrets.

    Raises:
        NothingRuns: no installation runs on the data folder, and no other is named.
    """
    elsewhere = ElsewhereSettings()
    if elsewhere.url:
        passwords = {OPERATOR: elsewhere.broker_password.get_secret_value()}
        return elsewhere.url, elsewhere.broker_url, Secrets(elsewhere.master_key.get_secret_value(), passwords)
    state = read_state(settings.data)
    if state is None or holder(settings.data) is None:
        raise NothingRuns(f"Nothing runs on the data folder {settings.data}. Start it: make up")
    return state.url, state.broker_url, open_secrets(settings.data, SERVICES, settings.master_key)


def policy_secrets(settings: LauncherSettings) -> Path:
    """The folder with the signing key of policies. In a container the operator's volume is mounted as its secrets."""
    return CONTAINER_SECRETS if ElsewhereSettings().url else secrets_folder(settings.data)


@asynccontextmanager
async def import_token(hands: Operator) -> AsyncIterator[str]:
    """A token that may import posts and nothing else, revoked at the end."""
    registered = await hands.accounts.register(OPERATOR_ID, OPERATOR_HANDLE, imported=True)
    last = await hands.log.last("user", registered.user_id)
    if last is None or not isinstance(last.data, UserRoleGranted):
        await hands.accounts.grant(OPERATOR_ID, "importer", by=ACTOR)
    token, _ = await hands.sessions.mint(OPERATOR_ID, "ottit import", ("import_posts",), TOKEN_DAYS)
    try:
        yield token
    finally:
        await hands.sessions.end(token)
