"""The health check of the broker's container ends a broker that kept a write error, once there is room (E11)."""

import asyncio
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import nats
import pytest

from deploy.installation.settings import ROOT
from shared.testing import TestBroker, free_port, running_broker
from tests.faults.mounts import small_tmpfs
from tests.faults.test_full_disk import fill, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.broker]

SIZE_MIB = 64


@dataclass
class ContainersBroker(TestBroker):
    """A broker with the configuration of the containers, which has a health page."""

    __test__ = False
    config: ClassVar[str] = "container.conf"
    monitor_url: str = field(default_factory=lambda: f"http://127.0.0.1:{free_port()}")

    @property
    def environment(self) -> dict[str, str]:
        """The address of the health page."""
        return {"OTTIT_BROKER_MONITOR": self.monitor_url.removeprefix("http://")}


def check(broker: TestBroker) -> tuple[int, str]:
    """Run the health check for this broker. Return its exit code and what it says."""
    assert broker.process
    assert isinstance(broker, ContainersBroker)
    environment = {**os.environ, "OTTIT_HEALTH_URL": broker.monitor_url, "OTTIT_BROKER_STORE": str(broker.folder)}
    script = str(ROOT / "deploy" / "nats" / "health.sh")
    ended = subprocess.run(
        ["sh", script, str(broker.process.pid)], env=environment, capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout


def write(broker: TestBroker) -> bool:
    """Publish a dead letter as the operator. Return whether the broker stored it."""

    async def publish() -> bool:
        client = await broker.connect()
        try:
            await client.jetstream(timeout=2).publish("dead.ranking.x", bytes(200_000))
        except (nats.errors.Error, OSError):
            return False
        finally:
            await client.close()
        return True

    return asyncio.run(publish())


@pytest.mark.injects("E11", invariants="I9")
def test_the_check_waits_for_room_and_then_ends_the_broker(tmp_path: Path) -> None:
    with small_tmpfs(tmp_path / "disk", SIZE_MIB) as disk, running_broker(disk, ContainersBroker) as broker:
        assert write(broker)
        assert check(broker) == (0, "")
        ballast = fill(disk)
        wait_for("a write error", lambda: not write(broker) and check(broker)[0] == 1)
        assert broker.process
        assert broker.process.poll() is None
        assert "Free some space" in check(broker)[1]
        ballast.unlink()
        assert "ending it" in check(broker)[1]
        assert broker.process.wait(30) is not None
        broker.process = None
        broker.start()
        wait_for("health", lambda: check(broker)[0] == 0)
        assert write(broker)


@pytest.mark.injects("E11", invariants="I9")
def test_the_check_never_ends_a_broker_that_only_does_not_answer(tmp_path: Path) -> None:
    with running_broker(tmp_path, ContainersBroker) as broker:
        assert broker.process
        assert isinstance(broker, ContainersBroker)
        broker.monitor_url = f"http://127.0.0.1:{free_port()}"
        assert check(broker) == (1, "")
        assert broker.process.poll() is None
