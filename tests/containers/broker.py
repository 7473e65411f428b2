"""The tests' broker in a container: the same configuration, permissions and streams as the embedded one."""

import os
from dataclasses import dataclass

from testcontainers.community.nats import NatsContainer

from shared.testing import NATS_CONF, TestBroker
from tests.containers.engine import image

# The reaper's image would have to come from a registry; without it, containers of killed tests stay.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")


@dataclass
class ContainerBroker(TestBroker):
    """A broker started by testcontainers on the test's port, with its data in the test's folder."""

    __test__ = False
    container: NatsContainer | None = None

    def start(self) -> None:
        """Start a container and wait until its broker accepts connections."""
        container = NatsContainer(image("NATS_IMAGE"))
        container.with_envs(
            OTTIT_BROKER_HOST="0.0.0.0",
            OTTIT_BROKER_PORT="4222",
            OTTIT_BROKER_MONITOR="0.0.0.0:8222",
            OTTIT_BROKER_STORE="/data",
            OTTIT_BROKER_SYNC="always",
            **{f"OTTIT_BROKER_PASSWORD_{name.upper()}": word for name, word in self.passwords.items()},
        )
        container.with_volume_mapping(NATS_CONF.parent, "/etc/nats").with_volume_mapping(self.folder, "/data", "rw")
        container.with_command("-c /etc/nats/container.conf").with_kwargs(user=f"{os.getuid()}:{os.getgid()}")
        self.container = container.with_bind_ports(4222, self.port).start()

    def stop(self, *, kill: bool = False) -> None:
        """Stop the container, cleanly or by SIGKILL. The data stay."""
        if self.container:
            self.container.get_wrapped_container().kill("SIGKILL" if kill else "SIGTERM")
            self.container.stop()
            self.container = None
