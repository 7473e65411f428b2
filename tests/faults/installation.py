"""A whole installation whose parts can be killed: the real broker and the four services, each its own process."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
from nats.aio.client import Client

from shared.log.provision import provision
from shared.log.streams import CONSUMERS
from shared.testing import MASTER_KEY, TestBroker, free_port

ROOT = Path(__file__).parents[2]
# Kills the process when the test run dies, even by SIGKILL.
PARENT_DEATH_GUARD = ROOT / "deploy" / "local" / "parent_death_guard.py"
SERVICES = ("moderation", "embeddings", "ranking", "gateway")
# What a dead worker held comes again after this, instead of after a minute: the stand-ins answer in milliseconds.
ACK_WAIT_S = 3
# A process that was told to stop has stopped by then, on a machine that does much else.
STOPS_WITHIN_S = 60.0


@dataclass
class Installation:
    """The parts that run, and where their data lies. `settings` go to every service as `OTTIT_<NAME>`."""

    broker: TestBroker
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    parts: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The gateway's address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *services: str, crash: tuple[str, int] | None = None) -> None:
        """Start services, or those of them all that do not run; `crash`: the point at which it will die."""
        for service in services or [name for name in SERVICES if name not in self.parts]:
            self._start(service, [] if crash is None else [crash[0], str(crash[1])])

    def kill(self, service: str) -> None:
        """SIGKILL."""
        part = self.parts.pop(service)
        part.kill()
        part.wait()

    def stop(self, service: str) -> int:
        """SIGTERM, and SIGKILL where that does not help; the exit code."""
        part = self.parts.pop(service)
        part.terminate()
        try:
            return part.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            part.kill()
            return part.wait()

    def died(self, service: str) -> bool:
        """Whether a service has killed itself at its crash point."""
        if self.parts[service].poll() is None:
            return False
        return self.parts.pop(service).returncode == -signal.SIGKILL

    def close(self) -> None:
        """Kill whatever runs."""
        for service in list(self.parts):
            self.kill(service)

    async def provision(self) -> None:
        """Declare streams and durables, as the launcher does at every start of the broker."""
        client = await self.broker.connect()
        await provision(client)
        await _hurry(client)
        await client.close()

    def said(self, service: str) -> str:
        """The end of what a service has logged."""
        return (self.folder / f"{service}.log").read_text(errors="replace")[-3000:]

    def _start(self, service: str, crash: list[str]) -> None:
        assert service not in self.parts, f"{service} runs already"
        environment = {
            **os.environ,
            "OTTIT_BROKER_URL": self.broker.url,
            "OTTIT_BROKER_PASSWORD": self.broker.passwords[service],
            "OTTIT_MASTER_KEY": MASTER_KEY,
            "OTTIT_DATA_DIR": str(self.folder / "data"),
            "OTTIT_PORT": str(self.port),
            "OTTIT_RATE_SCALE": "1000",
            **self.settings,
        }
        guard = (sys.executable, "-S", str(PARENT_DEATH_GUARD), str(os.getpid()))
        command = [*guard, sys.executable, "-m", "tests.faults.launch", service, *crash]
        with (self.folder / f"{service}.log").open("ab") as log:
            self.parts[service] = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )


@contextmanager
def prepare_installation(broker: TestBroker, folder: Path, **settings: str) -> Iterator[Installation]:
    """A house in which nothing runs yet but the broker; at the end nothing runs any more."""
    made = Installation(broker, folder, settings)
    try:
        yield made
    finally:
        made.close()


async def _hurry(client: Client) -> None:
    for consumer in CONSUMERS:
        config = replace(consumer, ack_wait_s=ACK_WAIT_S).config()
        body = {"stream_name": "EVENTS", "config": config, "action": ""}
        answer = await client.request(f"$JS.API.CONSUMER.CREATE.EVENTS.{consumer.durable}", orjson.dumps(body))
        assert "error" not in orjson.loads(answer.data), answer.data
