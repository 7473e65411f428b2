"""The processes of an installation: the command, environment and secrets of the broker and each service."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from deploy.installation.secret_files import AUDITS, OPENS_SEALED_TEXT, READS_POLICIES, Secrets
from deploy.installation.settings import LOOPBACK, ROOT, LauncherSettings, inherited_environment, private_environment
from deploy.local.preflight import CannotStart, broker_binary

BROKER = "broker"
PROVIDER_KEYS = {"moderation": ("OPENAI_API_KEY", "OPENAI_BASE_URL")}
# What keeps four Python processes small; the operator's own values go before these.
LOW_MEMORY = {
    # glibc gives every thread its own arena, up to 8 for each core: hundreds of MB that are never given back.
    "MALLOC_ARENA_MAX": "2",
    # Larger blocks are mapped and given back when they are freed: what a model needs while it loads, 70 MB, would
    # stay otherwise. Half a MiB is below its weights, and above what requests and folds need.
    "MALLOC_MMAP_THRESHOLD_": "524288",
    # numpy does dot products of a few hundred kB here: threads cost memory and win nothing.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # A line of the log is on its way when it is written.
    "PYTHONUNBUFFERED": "1",
    # onnxruntime 1.32 else reports to its maker: a device id and events, from a thread and a database of its own.
    "ORT_DISABLE_TELEMETRY": "1",
}


@dataclass(frozen=True)
class ProcessSpec:
    """One process: its name, its command and its whole environment."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]


def broker_process(settings: LauncherSettings, secrets: Secrets) -> ProcessSpec:
    """The embedded `nats-server`, on the loopback address only.

    Raises:
        CannotStart: it is not installed.
    """
    binary = broker_binary()
    if binary is None:
        raise CannotStart("There is no `nats-server` in the environment: run `make up`.")
    ports = settings.ports
    environment = {
        "OTTIT_BROKER_HOST": LOOPBACK,
        "OTTIT_BROKER_PORT": str(ports["OTTIT_BROKER_PORT"][1]),
        "OTTIT_BROKER_MONITOR": f"{LOOPBACK}:{ports['OTTIT_BROKER_MONITOR_PORT'][1]}",
        # The broker reads variables as values of its configuration: a path with spaces needs the quotes.
        "OTTIT_BROKER_STORE": json.dumps(str(settings.data / "broker"), ensure_ascii=False),
        # Go lets a heap double before it collects: half as much again costs 5% of its CPU and saves a quarter.
        "GOGC": "50",
        # Spans (64 MiB), inference results (16 MiB) and block caches fit; above this it collects more eagerly.
        "GOMEMLIMIT": "144MiB",
        **{f"OTTIT_BROKER_PASSWORD_{name.upper()}": word for name, word in secrets.passwords.items()},
    }
    return ProcessSpec(BROKER, (binary, "-c", str(ROOT / "deploy" / "nats" / "nats.conf")), environment)


def service_process(name: str, settings: LauncherSettings, secrets: Secrets) -> ProcessSpec:
    """One service: it gets its own password, and the master key only if it opens sealed text."""
    environment = LOW_MEMORY | inherited_environment() | private_environment(*PROVIDER_KEYS.get(name, ()))
    environment |= {
        "OTTIT_BROKER_URL": settings.broker_url,
        "OTTIT_BROKER_PASSWORD": secrets.passwords[name],
        "OTTIT_DATA_DIR": str(settings.data),
        "OTTIT_HOST": settings.host,
        "OTTIT_PORT": str(settings.port),
    }
    if name in OPENS_SEALED_TEXT:
        environment["OTTIT_MASTER_KEY"] = secrets.master_key
    if name in READS_POLICIES:
        environment["OTTIT_POLICY_KEYS"] = secrets.policy_keys
    if name == AUDITS:
        environment["OTTIT_AUDIT_KEY"] = secrets.audit_key
    return ProcessSpec(name, (sys.executable, "-m", f"services.{name}"), environment)
