"""The launcher asks the broker for its health as the operator; no port is open without a password."""

from io import StringIO
from pathlib import Path

import pytest

from deploy.installation.secret_files import Secrets
from deploy.installation.settings import LauncherSettings
from deploy.local.terminal import Terminal
from deploy.local.watchdog import Watchdog
from shared.testing import TestBroker

pytestmark = pytest.mark.broker


def dog(broker: TestBroker, folder: Path, passwords: dict[str, str]) -> Watchdog:
    """Return the watchdog of this broker."""

    async def provision() -> None:
        raise AssertionError("nothing is missing")

    settings = LauncherSettings(data_dir=folder, broker_port=broker.port)
    return Watchdog(settings, {}, Terminal(StringIO()), provision, secrets=Secrets("", passwords))


def listening_ports(broker: TestBroker) -> set[int]:
    """Return the TCP ports on which the broker's process listens."""
    assert broker.process
    process = Path("/proc") / str(broker.process.pid)
    links = [str(link.readlink()) for link in (process / "fd").iterdir() if link.exists() or link.is_symlink()]
    sockets = {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:")}
    rows = [line.split() for name in ("tcp", "tcp6") for line in (process / "net" / name).read_text().splitlines()[1:]]
    return {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A" and row[9] in sockets}


async def test_the_operator_is_told_and_nobody_without_the_password(broker: TestBroker, tmp_path: Path) -> None:
    assert listening_ports(broker) == {broker.port}
    assert await dog(broker, tmp_path, dict(broker.passwords))._broker_problem() == ""
    assert await dog(broker, tmp_path, {"operator": "a guess"})._broker_problem() is None
    broker.stop()
    assert await dog(broker, tmp_path, dict(broker.passwords))._broker_problem() is None
