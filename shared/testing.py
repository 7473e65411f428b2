"""Test support: a real embedded broker, and builders for facts."""

import asyncio
import fcntl
import itertools
import os
import random
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import IO, ClassVar

import nats
from nats.aio.client import Client, ErrorCallback

from shared.content import Content
from shared.ids import new_id
from shared.log.events import (
    Event,
    PolicyRef,
    PostDecided,
    PostEdited,
    PostSubmitted,
    PostWithdrawn,
    Role,
    UserRoleGranted,
    record,
)
from shared.log.provision import provision
from shared.policy import Policy
from shared.security.permissions import SERVICES
from shared.security.sealing import DataKey

NATS_CONF = Path(__file__).parent.parent / "deploy" / "nats" / "nats.conf"
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MASTER_KEY = "11" * 32
# Below the ephemeral ports of Linux (32768) and macOS (49152): an outgoing connection could take such a port before the
# server starts, or while it restarts.
PORTS = range(20_000, 32_768)
# A start takes a tenth of a second, but much longer on a busy machine.
START_TIMEOUT_S = 60.0


# Test processes on this machine lock one byte of this file for each port that they use.
PORT_LOCKS = Path(tempfile.gettempdir()) / f"ottit-test-ports-{os.getuid()}"
# More than the servers that one test process runs at the same time, few enough for many processes.
MAX_LOCKED_PORTS = 500
_ports = itertools.cycle(random.SystemRandom().sample(PORTS, len(PORTS)))
_locked_ports: deque[int] = deque()


def free_port() -> int:
    """Return a free loopback port that no outgoing connection can take.

    No other test process gets the port while this one runs, and this one does not repeat it within 500 ports: a port
    may be chosen well before a server uses it, and is free while that server restarts.
    """
    for port in itertools.islice(_ports, len(PORTS)):
        if _lock_port(port):
            with socket.socket() as probe, suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise OSError("no loopback port is free")


@cache
def _lock_file() -> IO[bytes]:
    return PORT_LOCKS.open("ab")


def _lock_port(port: int) -> bool:
    try:
        fcntl.lockf(_lock_file(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    _locked_ports.append(port)
    if len(_locked_ports) > MAX_LOCKED_PORTS:
        fcntl.lockf(_lock_file(), fcntl.LOCK_UN, 1, _locked_ports.popleft())
    return True


@dataclass
class TestBroker:
    """A real `nats-server` with the product's configuration, permissions and streams, in its own folder."""

    __test__ = False
    config: ClassVar[str] = NATS_CONF.name
    folder: Path
    port: int
    passwords: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Variables that its configuration needs besides the usual ones."""
        return {}

    @property
    def url(self) -> str:
        """The server's URL."""
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server process and wait until it accepts connections."""
        binary = shutil.which("nats-server", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
        if binary is None:
            raise FileNotFoundError("nats-server: install the group `local`")
        environment = {
            "OTTIT_BROKER_HOST": "127.0.0.1",
            "OTTIT_BROKER_PORT": str(self.port),
            "OTTIT_BROKER_STORE": str(self.folder),
            "OTTIT_BROKER_SYNC": "always",
            **{f"OTTIT_BROKER_PASSWORD_{name.upper()}": password for name, password in self.passwords.items()},
            **self.environment,
        }
        output = (self.folder / "nats.log").open("ab")
        self.process = subprocess.Popen(
            [binary, "-c", str(NATS_CONF.with_name(self.config))],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        self._wait_for_port()

    def stop(self, *, kill: bool = False) -> None:
        """Stop the server cleanly, or kill it."""
        if self.process:
            (self.process.kill if kill else self.process.terminate)()
            self.process.wait()
            self.process = None

    async def connect(self, user: str = "operator", error_cb: ErrorCallback | None = None) -> Client:
        """Connect as one of the broker's users."""
        inbox = f"_INBOX_{user}".encode()
        password = self.passwords[user]
        return await nats.connect(
            self.url, user=user, password=password, inbox_prefix=inbox, error_cb=error_cb,
            max_reconnect_attempts=-1,  # a test may keep the broker away for minutes
        )  # fmt: skip

    def _wait_for_port(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.process and self.process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise TimeoutError((self.folder / "nats.log").read_text()[-2000:])


@contextmanager
def running_broker(folder: Path, kind: type[TestBroker] = TestBroker) -> Iterator[TestBroker]:
    """Run a provisioned broker of the given class during the block."""
    # Start with a letter: the broker's configuration parses 0123e45 as a number.
    passwords = {name: f"p{secrets.token_hex(8)}" for name in ("operator", *SERVICES)}
    broker = kind(folder, free_port(), passwords)
    broker.start()
    try:
        asyncio.run(_provision(broker))
        yield broker
    finally:
        broker.stop(kill=True)


async def _provision(broker: TestBroker) -> None:
    client = await broker.connect()
    await provision(client)
    await client.close()


def submitted(
    post_id: str | None = None, *, key: DataKey | None = None, text: str = "Hello", **fields: object
) -> Event:
    """Return a submission, sealed if a key is given."""
    entity_id = post_id or new_id()
    content = Content(title="A title", body=text).canonical()
    data: dict[str, object] = {
        "author_id": "author-1",
        "community": "garden",
        "content": key.seal(content, entity_id) if key else "s1.none",
        "content_hash": key.content_hash(content) if key else "0" * 64,
    }
    fact = PostSubmitted.model_validate(data | fields)
    return record(fact, entity_id, actor=f"user:{fact.author_id}", at=AT)


def edited(post: Event, *, revision: int = 2, **fields: object) -> Event:
    """Return an edit of a submitted post."""
    base = {"author_id": "author-1", "content": "s1.none", "content_hash": "1" * 64, "revision": revision}
    return record(PostEdited.model_validate(base | fields), post.entity_id, actor="user:author-1", at=AT)


def decided(post: Event, outcome: str = "published", *, revision: int = 1, **fields: object) -> Event:
    """Return a decision on a revision of a submitted post."""
    data: dict[str, object] = {
        "author_id": "author-1",
        "community": "garden",
        "revision": revision,
        "judged_sequence": post.sequence,
        "outcome": outcome,
        "policy": PolicyRef(digest="d" * 64, version=1),
        "engine": "local",
        "model": "test",
    }
    return record(
        PostDecided.model_validate(data | fields), post.entity_id, actor="service:moderation", at=AT, cause=post
    )


def appointed(user_id: str, role: Role = "moderator", community: str | None = None) -> Event:
    """Return the fact that gives a user a role."""
    fact = UserRoleGranted(role=role, community=community, keeps_others=True)
    return record(fact, user_id, actor="operator:local", at=AT)


def withdrawn(post: Event, *, revision: int = 1) -> Event:
    """Return a withdrawal of a post by its author."""
    return record(PostWithdrawn(revision=revision), post.entity_id, actor="user:author-1", at=AT)


def changed_policy(policy: Policy, **fields: object) -> Policy:
    """Return a validated copy of a policy with these fields changed."""
    return Policy.model_validate({name: getattr(policy, name) for name in Policy.model_fields} | fields)
