"""Connects to the broker of an installation, and starts the broker alone if the installation is stopped."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from nats.aio.client import Client

from deploy.installation.admin_context import find_installation, operator_secrets_folder
from deploy.installation.broker_connection import connect_as_operator, wait_until_listening
from deploy.installation.broker_store import move_streams
from deploy.installation.data_folder import FolderLock, launcher_pid
from deploy.installation.secret_files import SERVICES, Secrets, open_secrets
from deploy.installation.settings import LauncherSettings, RemoteSettings
from deploy.local.broker_start import slow_start_message
from deploy.local.preflight import CannotStart, check_ports, open_data_folder
from deploy.local.process import Process
from deploy.local.process_specs import BROKER, SYNC_ALWAYS, broker_process

# The broker checks its files at a start, which takes a while with a large log on a slow disk.
BROKER_START_TIMEOUT_S = 120.0
# How often a broker that calls no fsync for single writes calls it anyway.
RARELY = "10m"


class StillRunning(Exception):
    """The installation is running, but the command needs it stopped."""


@dataclass(frozen=True)
class Connection:
    """A connection to the broker as the operator, with the secrets and their folder."""

    broker: Client
    secrets: Secrets
    secrets_folder: Path
    running: bool


@asynccontextmanager
async def open_connection(
    settings: LauncherSettings, *, stopped: bool = False, unsynced: bool = False
) -> AsyncIterator[Connection]:
    """Connect to the running broker, or start the broker alone and stop it at the end.

    `unsynced`: a broker that is started calls no fsync for single writes. The caller flushes the folder at the end.

    Raises:
        StillRunning: `stopped` is required, but the launcher runs on the data folder.
    """
    remote = bool(RemoteSettings().url)
    running = remote or launcher_pid(settings.data) is not None
    if running and stopped and not remote:
        raise StillRunning(f"Ottit is running on {settings.data}: stop it first with `ottit down`.")
    if running:
        _, url, secrets = find_installation(settings)
        broker = await connect_as_operator(url, secrets)
        try:
            yield Connection(broker, secrets, operator_secrets_folder(settings), running=True)
        finally:
            await broker.close()
        return
    async with _start_broker(settings, unsynced=unsynced) as alone:
        yield alone


@asynccontextmanager
async def _start_broker(settings: LauncherSettings, *, unsynced: bool) -> AsyncIterator[Connection]:
    open_data_folder(settings.data)
    lock = FolderLock(settings.data)
    lock.acquire()
    try:
        # If the port is in use, another broker would answer there.
        check_ports(settings, broker_only=True)
        secrets = open_secrets(settings.data, SERVICES, settings.master_key)
        logs = settings.data / "logs"
        logs.mkdir(mode=0o700, exist_ok=True)
        move_streams(settings.data / "broker")
        sync = RARELY if unsynced else SYNC_ALWAYS
        process = await Process.start(broker_process(settings, secrets, sync=sync), logs / f"{BROKER}.log")
        ended = asyncio.create_task(process.relay_until_exit(lambda _: None))
        try:
            try:
                async with asyncio.timeout(BROKER_START_TIMEOUT_S):
                    await wait_until_listening(settings.broker_url)
            except TimeoutError as error:
                raise CannotStart(f"The broker {slow_start_message(logs / f'{BROKER}.log')}") from error
            broker = await connect_as_operator(settings.broker_url, secrets)
            try:
                yield Connection(broker, secrets, operator_secrets_folder(settings), running=False)
            finally:
                await broker.close()
        finally:
            process.signal(signal.SIGTERM)
            await ended
    finally:
        lock.release()
