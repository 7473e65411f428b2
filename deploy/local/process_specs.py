"""The processes of an installation: the command, environment and secrets of the broker and each service."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from deploy.installation.secret_files import AUDITOR, OPENS_SEALED_TEXT, READS_POLICIES, Secrets
from deploy.installation.settings import LOOPBACK, ROOT, LauncherSettings, inherited_environment, private_environment
from deploy.local.preflight import CannotStart, broker_binary

BROKER = "broker"
# The broker calls fsync before it acknowledges a write.
SYNC_ALWAYS = "always"
PROVIDER_KEYS = {"moderation": ("OPENAI_API_KEY", "OPENAI_BASE_URL")}
# Keeps four Python processes small; the operator's own values override these.
LOW_MEMORY = {
    # glibc gives every thread its own arena, up to 8 per core: hundreds of MB that are never returned.
    "MALLOC_ARENA_MAX": "2",
    # Blocks above this size are mapped, and returned when they are freed; otherwise the 70 MB that a model needs while
    # it loads would stay. Half a MiB is below the size of its weights and above what requests and folds need.
    "MALLOC_MMAP_THRESHOLD_": "524288",
    # numpy computes dot products of a few hundred kB here: threads would cost memory and gain nothing.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # Log lines are sent as soon as they are written.
    "PYTHONUNBUFFERED": "1",
    # Otherwise onnxruntime 1.32 sends a device id and events to its vendor, from a thread with its own database.
    "ORT_DISABLE_TELEMETRY": "1",
}


@dataclass(frozen=True)
class ProcessSpec:
    """One process: its name, its command and its complete environment."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]


def broker_process(settings: LauncherSettings, secrets: Secrets, *, sync: str = SYNC_ALWAYS) -> ProcessSpec:
    """Return the embedded `nats-server`, which listens on the loopback address only.

    `sync`: when it calls fsync. Any other value than the default may lose acknowledged writes in a power failure.

    Raises:
        CannotStart: it is not installed.
    """
    binary = broker_binary()
    if binary is None:
        raise CannotStart("`nats-server` is not installed: run `make up`.")
    ports = settings.ports
    environment = {
        "OTTIT_BROKER_HOST": LOOPBACK,
        "OTTIT_BROKER_PORT": str(ports["OTTIT_BROKER_PORT"][1]),
        # The broker inserts variables into its configuration: a path with spaces needs quotes.
        "OTTIT_BROKER_STORE": json.dumps(str(settings.data / "broker"), ensure_ascii=False),
        "OTTIT_BROKER_SYNC": sync,
        # By default Go lets the heap double before it collects; 50% costs 5% more CPU and saves a quarter of memory.
        "GOGC": "50",
        # Fits spans (64 MiB), inference results (16 MiB) and block caches; above it, Go collects more often.
        "GOMEMLIMIT": "144MiB",
        **{f"OTTIT_BROKER_PASSWORD_{name.upper()}": password for name, password in secrets.passwords.items()},
    }
    return ProcessSpec(BROKER, (binary, "-c", str(ROOT / "deploy" / "nats" / "nats.conf")), environment)


def service_process(name: str, settings: LauncherSettings, secrets: Secrets) -> ProcessSpec:
    """Return a service. It gets its own broker password, and the master key only if it opens sealed text."""
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
    if name == AUDITOR:
        environment |= {"OTTIT_AUDIT_KEY": secrets.audit_key, "OTTIT_AUDIT_KEYS": secrets.audit_keys}
    return ProcessSpec(name, (sys.executable, "-m", f"services.{name}"), environment)
