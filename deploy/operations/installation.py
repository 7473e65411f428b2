"""The installation that a command works on: one that runs, or one at rest whose broker is started for the command."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from nats.aio.client import Client

from deploy.cli.operator import ElsewhereSettings, find_installation, policy_secrets
from deploy.local.lock import FolderLock, holder
from deploy.local.plan import BROKER, SERVICES, broker_part
from deploy.local.preflight import check_ports, open_data_folder
from deploy.local.process import Process
from deploy.local.provisioning import connect_as_operator, listens
from deploy.local.secret_files import Secrets, open_secrets
from deploy.local.settings import LauncherSettings

# A broker checks its files when it starts; with a large log on a slow disk that takes a while.
BROKER_STARTS_S = 120.0


class Runs(Exception):
    """The installation runs, and the command needs it at rest."""


@dataclass(frozen=True)
class Installation:
    """The broker, as the operator; the secrets and the folder that holds them."""

    broker: Client
    secrets: Secrets
    secrets_folder: Path
    running: bool


@asynccontextmanager
async def installation(settings: LauncherSettings, *, at_rest: bool = False) -> AsyncIterator[Installation]:
    """Connect to the broker that runs; where none does, start it alone and stop it at the end.

    Raises:
        Runs: `at_rest` is wanted, and the launcher runs on the data folder.
    """
    elsewhere = bool(ElsewhereSettings().url)
    running = elsewhere or holder(settings.data) is not None
    if running and at_rest and not elsewhere:
        raise Runs(f"Ottit runs on {settings.data}: stop it first with `ottit down`.")
    if running:
        _, url, secrets = find_installation(settings)
        broker = await connect_as_operator(url, secrets)
        try:
            yield Installation(broker, secrets, policy_secrets(settings), running=True)
        finally:
            await broker.close()
        return
    async with _broker_alone(settings) as alone:
        yield alone


@asynccontextmanager
async def _broker_alone(settings: LauncherSettings) -> AsyncIterator[Installation]:
    open_data_folder(settings.data)
    lock = FolderLock(settings.data)
    lock.take()
    try:
        # Else it would be somebody else's broker that answers there.
        check_ports(settings, broker_only=True)
        secrets = open_secrets(settings.data, SERVICES, settings.master_key)
        logs = settings.data / "logs"
        logs.mkdir(mode=0o700, exist_ok=True)
        process = await Process.start(broker_part(settings, secrets), logs / f"{BROKER}.log")
        ended = asyncio.create_task(process.ended(lambda _: None))
        try:
            address, port = settings.broker_url.removeprefix("nats://").split(":")
            await asyncio.wait_for(listens(address, int(port)), BROKER_STARTS_S)
            broker = await connect_as_operator(settings.broker_url, secrets)
            try:
                yield Installation(broker, secrets, policy_secrets(settings), running=False)
            finally:
                await broker.close()
        finally:
            process.signal(signal.SIGTERM)
            await ended
    finally:
        lock.release()
