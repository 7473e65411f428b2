"""An installation whose processes can be killed: a real broker and the four services, each in its own process."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
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
# The messages of a killed worker are redelivered after this time. The fakes answer in milliseconds.
ACK_WAIT_S = 3
# A process stops within this time after SIGTERM, even on a busy machine.
STOP_TIMEOUT_S = 60.0


@dataclass
class Installation:
    """The running processes and their data folder. `settings` are passed to every service as `OTTIT_<NAME>`."""

    broker: TestBroker
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    # The checkout whose code the next started services run.
    tree: Path = ROOT

    @property
    def url(self) -> str:
        """The gateway's URL."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *services: str, crash: tuple[str, int] | None = None, defect: Sequence[str] = ()) -> None:
        """Start these services, or all that are not running.

        `crash`: the crash point and its count. `defect`: a name of `defects.py` and how often it shows.
        """
        for service in services or [name for name in SERVICES if name not in self.processes]:
            self._start(service, "" if crash is None else f"{crash[0]}#{crash[1]}", defect)

    def kill(self, service: str) -> None:
        """Kill a service with SIGKILL."""
        process = self.processes.pop(service)
        process.kill()
        process.wait()

    def stop(self, service: str) -> int:
        """Stop a service with SIGTERM, then SIGKILL if necessary. Returns the exit code."""
        process = self.processes.pop(service)
        process.terminate()
        try:
            return process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def died(self, service: str) -> bool:
        """Return whether a service has killed itself at its crash point."""
        if self.processes[service].poll() is None:
            return False
        return self.processes.pop(service).returncode == -signal.SIGKILL

    def close(self) -> None:
        """Kill all running services."""
        for service in list(self.processes):
            self.kill(service)

    async def provision(self) -> None:
        """Create streams and durables, as the launcher does at every start of the broker."""
        client = await self.broker.connect()
        await provision(client)
        await _shorten_ack_wait(client)
        await client.close()

    def log_tail(self, service: str) -> str:
        """Return the end of a service's log."""
        return (self.folder / f"{service}.log").read_text(errors="replace")[-3000:]

    def _start(self, service: str, crash_at: str, defect: Sequence[str]) -> None:
        assert service not in self.processes, f"{service} is already running"
        environment = {
            **os.environ,
            "OTTIT_BROKER_URL": self.broker.url,
            "OTTIT_BROKER_PASSWORD": self.broker.passwords[service],
            "OTTIT_MASTER_KEY": MASTER_KEY,
            "OTTIT_DATA_DIR": str(self.folder / "data"),
            "OTTIT_PORT": str(self.port),
            "OTTIT_RATE_SCALE": "1000",
            "OTTIT_CRASH_AT": crash_at,
            **self.settings,
        }
        guard = (sys.executable, "-S", str(PARENT_DEATH_GUARD), str(os.getpid()))
        command = [*guard, sys.executable, "-m", "tests.faults.launch", service, *defect]
        with (self.folder / f"{service}.log").open("ab") as log:
            self.processes[service] = subprocess.Popen(
                command, cwd=self.tree, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )


@contextmanager
def prepare_installation(broker: TestBroker, folder: Path, **settings: str) -> Iterator[Installation]:
    """Yield an installation without running services; kill all services at the end."""
    made = Installation(broker, folder, settings)
    try:
        yield made
    finally:
        made.close()


async def _shorten_ack_wait(client: Client) -> None:
    for consumer in CONSUMERS:
        config = replace(consumer, ack_wait_s=ACK_WAIT_S).config()
        body = {"stream_name": "EVENTS", "config": config, "action": ""}
        answer = await client.request(f"$JS.API.CONSUMER.CREATE.EVENTS.{consumer.durable}", orjson.dumps(body))
        assert "error" not in orjson.loads(answer.data), answer.data
