"""Access to the installation under judgement, running or stopped.

A stopped installation is never started: its log is read by a broker of its own on a copy of the folder.
"""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nats.aio.client import Client

from deploy.installation.admin_context import NotRunning
from deploy.installation.data_folder import launcher_pid, read_state
from deploy.installation.settings import LauncherSettings
from deploy.operations.broker_on_demand import open_connection
from services.embeddings.adapters.text_encoder import SentenceEncoder
from shared.model.encoder import Encoder
from shared.security.data_keys import DataKeyStore
from shared.testing import free_port


@dataclass
class Evidence:
    """Everything that the checkers read. `url` is empty for a stopped installation; `encoder` is the index's."""

    data: Path
    operator: Client
    key_store: DataKeyStore
    url: str
    encoder: SentenceEncoder


@cache
def shipped_encoder() -> SentenceEncoder:
    """Load the encoder of the shipped model."""
    return Encoder.for_vectors()


@asynccontextmanager
async def open_evidence(data: Path, url: str = "") -> AsyncIterator[Evidence]:
    """Open the installation on a data folder. `url`: if not the launcher's."""
    state = read_state(data) if launcher_pid(data) is not None else None
    if state is not None:
        settings = LauncherSettings(data_dir=data)
        async with _evidence(settings, data, url or state.url) as evidence:
            yield evidence
        return
    if not (data / "broker").is_dir():
        raise NotRunning(f"{data} is no data folder: it has no broker/.")
    with tempfile.TemporaryDirectory(dir=_roomy(data)) as place:
        copy = Path(place) / "data"
        shutil.copytree(data, copy, ignore=shutil.ignore_patterns("lock", "state.json"))
        settings = LauncherSettings(data_dir=copy, port=free_port(), broker_port=free_port())
        async with _evidence(settings, copy, "") as evidence:
            yield evidence


@asynccontextmanager
async def _evidence(settings: LauncherSettings, data: Path, url: str) -> AsyncIterator[Evidence]:
    async with open_connection(settings) as connection:
        keys = await DataKeyStore.open(connection.broker, connection.secrets.master_key)
        try:
            yield Evidence(data, connection.broker, keys, url, shipped_encoder())
        finally:
            await keys.close()


def _roomy(data: Path) -> Path | None:
    """Return a folder for the copy: beside the data if the default temporary folder has too little room."""
    size = sum(file.stat().st_size for file in data.rglob("*") if file.is_file())
    return None if shutil.disk_usage(tempfile.gettempdir()).free > 2 * size else data.parent
